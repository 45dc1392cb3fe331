"""The names and values of WXR's elements.

WXR has no specification; the names are those of WordPress's own exporter (wp-admin/includes/export.php), whose
namespace carries a version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from shop.blueprints.importers.formats import xml_files

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_EXPORT = re.compile(r"https?://wordpress\.org/export/[\d.]{1,8}/(excerpt/)?")
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"

_OF_NO_SUBJECT = re.compile(
    r"author|language|nav_menu|post_format|(?:post|term)_translations|term_language|translation_priority|wp_\w+|wpml\w*"
    r"|pa_.*|product_\w+|elementor_\w+|yst_\w+|post_?status|ef_\w+|amp_\w+|following_users|link_category"
)
"""Taxonomies in which WordPress and its plugins keep something else."""


@dataclass(frozen=True, slots=True)
class WrittenTerm:
    """A subject of an item. `domain` is `category`, `post_tag` or a taxonomy of the site's own, `slug` its part of the
    old address.
    """

    domain: str
    slug: str
    name: str


def channel_elements(path: Path) -> Iterator[tuple[str, Element]]:
    """The children of the channel, with their names."""
    for element in xml_files.elements(path, root="rss", depth=2, maker="WordPress"):
        yield element_name(element), element


def element_name(element: Element) -> str:
    """Its name, with `wp:` for the namespace of exports whatever its version."""
    tag = str(element.tag)
    if not tag.startswith("{"):
        return tag
    namespace, _, local = tag[1:].partition("}")
    match = _EXPORT.fullmatch(namespace)
    if match is not None:
        return "excerpt" if match[1] else f"wp:{local}"
    if namespace == _CONTENT and local == "encoded":
        return "content"
    return "creator" if tag == _CREATOR else tag


def element_text(element: Element) -> str:
    """Its own text without the space around it."""
    return (element.text or "").strip()


def child_texts(element: Element) -> dict[str, str]:
    """The texts of its children by their names; of several with one name the last."""
    return {element_name(child): element_text(child) for child in element}


def item_meta(element: Element) -> dict[str, str]:
    """The fields of plugins and themes by their keys."""
    fields = (child_texts(child) for child in element if element_name(child) == "wp:postmeta")
    return {each.get("wp:meta_key", ""): each.get("wp:meta_value", "") for each in fields}


def item_terms(element: Element) -> list[WrittenTerm]:
    """The categories and tags of an item, without the one for what has none; then those of further taxonomies."""
    found = []
    for child in element:
        domain, slug = child.get("domain"), child.get("nicename", "")
        is_subject = child.tag == "category" and not _OF_NO_SUBJECT.fullmatch(domain or "")
        if is_subject and slug != "uncategorized" and element_text(child):
            plain = "post_tag" if domain in {"tag", None} else str(domain)
            found.append(WrittenTerm(plain, unquote(slug), element_text(child)))
    return sorted(found, key=lambda term: term.domain not in {"category", "post_tag"})


def item_authors(element: Element) -> Iterator[tuple[str, str]]:
    """Slug and name of each author, where a plugin lets a text have several, or guests."""
    for child in element:
        is_author = child.tag == "category" and child.get("domain") == "author"
        if is_author and element_text(child):
            yield unquote(child.get("nicename", "")).removeprefix("cap-"), element_text(child)


def wxr_number(written: str) -> int | None:
    """A number of WordPress; None for anything else."""
    return int(written) if re.fullmatch(r"[0-9]{1,18}", written) else None


def wxr_moment(*written: str) -> datetime | None:
    """The first of these that is a date: MySQL's, or that of RFC 5322. Drafts have 0000-00-00."""
    for value in written:
        for read in (mysql_moment, _rfc5322):
            moment = read(value)
            if moment is not None and 1970 <= moment.year < 9000:
                return moment
    return None


def mysql_moment(written: str) -> datetime | None:
    """A date as MySQL writes it, in UTC."""
    try:
        return datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _rfc5322(written: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(written)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
