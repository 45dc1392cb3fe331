"""Reads the items of a WXR file, one at a time, so that memory stays flat."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from shop.blueprints.importers.wordpress import elements
from shop.blueprints.importers.wordpress.elementor import with_elementor
from shop.blueprints.importers.wordpress.elements import WrittenTerm

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_SAID_BY_MENU = ("type", "object", "object_id", "url")
LONGEST_NOTES = 500_000
_SUMMARIES = (
    "_yoast_wpseo_metadesc", "rank_math_description", "_aioseo_description", "_aioseop_description",
    "_seopress_titles_desc", "_genesis_description",
)  # fmt: skip
_PATTERN = re.compile(r"%[\w%]+%|#\w+_|\{\{|%\w+\b(?!%)")
_BUILDERS = {
    "_bricks_page_content_2": "Bricks",
    "ct_builder_shortcodes": "Oxygen",
    "ct_builder_json": "Oxygen",
    "_breakdance_data": "Breakdance",
    "_fl_builder_data": "Beaver Builder",
    "panels_data": "SiteOrigin",
    "brizy": "Brizy",
    "mfn-page-items": "Muffin",
}
"""Page builders by the field in which they keep a page; most write its words into the text too."""


@dataclass(frozen=True, slots=True)
class WrittenComment:
    """A comment as the file has it. `state` is 1, 0, spam, trash or post-trashed; `kind` pingback, trackback, else."""

    number: int | None
    author: str
    email: str
    body: str
    posted_at: datetime | None
    state: str
    kind: str
    parent: int
    user: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class WxrItem:
    """A post, a page, or something else that WordPress keeps among its posts. Moments in UTC, texts in HTML.

    `terms` are categories and tags; `footnotes` those of the block editor by their ids; `picture` is the number of the
    featured image. `language` is a tag such as fr, and `translations` the name that all translations of a text share,
    as Polylang and WPML have them; both may be empty. A date that the file has in the site's own time only is taken to
    be UTC and marked `is_local`. `menu` is the one that an item of a menu stands in, with its place, the item above it
    and what it says; `old_slugs` are those that it had before, `authors` slug and name of each where there are several
    or guests, `fields` those of ACF by their names, `builders` what page builders keep its text in data of their own.
    """

    number: int | None
    kind: str
    status: str
    title: str
    slug: str
    link: str
    parent: int
    login: str
    content: str
    excerpt: str
    password: str
    published_at: datetime | None
    is_local: bool
    is_sticky: bool
    comments_open: bool
    terms: tuple[WrittenTerm, ...]
    footnotes: tuple[tuple[str, str], ...]
    picture: int | None
    language: str
    translations: str
    comments: tuple[WrittenComment, ...]
    menu: str
    menu_order: int
    menu_parent: int
    menu_says: Mapping[str, str]
    old_slugs: tuple[str, ...]
    authors: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]
    builders: tuple[str, ...]

    @property
    def label(self) -> str:
        """What a report calls it."""
        name = f" “{self.title[:60]}”" if self.title else ""
        return f"{self.kind.replace('_', ' ') or 'item'} {self.number or '?'}{name}"


def items(path: Path) -> Iterator[WxrItem]:
    """Every item, in the file's order.

    Raises:
        Refused: as `survey_site`.
    """
    for name, element in elements.channel_elements(path):
        if name == "item":
            yield _item(element)


def _item(element: Element) -> WxrItem:
    values = elements.child_texts(element)
    meta = elements.item_meta(element)
    known = elements.wxr_moment(values.get("wp:post_date_gmt", ""))
    local = elements.wxr_moment(values.get("wp:post_date", ""))
    return WxrItem(
        number=elements.wxr_number(values.get("wp:post_id", "")),
        kind=values.get("wp:post_type", ""),
        status=values.get("wp:status", ""),
        title=values.get("title", ""),
        slug=unquote(values.get("wp:post_name", "")),
        link=values.get("link", ""),
        parent=elements.wxr_number(values.get("wp:post_parent", "")) or 0,
        login=values.get("creator", ""),
        content=with_elementor(values.get("content", ""), meta.get("_elementor_data", "")),
        excerpt=values.get("excerpt", "") or _summary(meta),
        password=values.get("wp:post_password", ""),
        published_at=known or local or elements.wxr_moment(values.get("pubDate", "")),
        is_local=known is None and local is not None,
        is_sticky=values.get("wp:is_sticky", "") == "1",
        comments_open=values.get("wp:comment_status", "") == "open",
        terms=tuple(elements.item_terms(element)),
        footnotes=tuple(_footnotes(meta.get("footnotes", ""))),
        picture=elements.wxr_number(meta.get("_thumbnail_id", "")),
        language=_named(element, "language") or meta.get("_wpml_import_language_code", ""),
        translations=_named(element, "post_translations")
        or meta.get("_wpml_import_translation_group", ""),
        comments=tuple(
            _comment(child) for child in element if elements.element_name(child) == "wp:comment"
        ),
        menu=_named(element, "nav_menu"),
        menu_order=elements.wxr_number(values.get("wp:menu_order", "")) or 0,
        menu_parent=elements.wxr_number(meta.get("_menu_item_menu_item_parent", "")) or 0,
        menu_says={name: meta.get(f"_menu_item_{name}", "") for name in _SAID_BY_MENU},
        old_slugs=tuple(_old_slugs(element)),
        authors=tuple(elements.item_authors(element)),
        fields=tuple(_fields(meta)),
        builders=tuple(name for key, name in _BUILDERS.items() if meta.get(key)),
    )


def _fields(meta: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The fields of ACF, each of which has another beside it that says how it is edited."""
    for name, value in meta.items():
        if value and meta.get(f"_{name}", "").startswith("field_"):
            yield name, value


def _summary(meta: Mapping[str, str]) -> str:
    """What plugins for search engines say of it, unless that is a pattern to be filled in."""
    said = (meta.get(name, "") for name in _SUMMARIES)
    return next((each for each in said if each and not _PATTERN.search(each)), "")


def _old_slugs(element: Element) -> Iterator[str]:
    for child in element:
        if elements.element_name(child) == "wp:postmeta":
            said = elements.child_texts(child)
            if said.get("wp:meta_key") == "_wp_old_slug" and said.get("wp:meta_value"):
                yield unquote(said["wp:meta_value"])


def _named(element: Element, domain: str) -> str:
    """The slug of the first term of a taxonomy."""
    slugs = (each.get("nicename", "") for each in element if each.get("domain") == domain)
    return next(filter(None, slugs), "")


def _footnotes(written: str) -> Iterator[tuple[str, str]]:
    """The footnotes of the block editor: a list of objects with `id` and `content`, in JSON."""
    try:
        notes = json.loads(written[:LONGEST_NOTES]) if written else []
    except (ValueError, RecursionError):
        return
    for note in notes if isinstance(notes, list) else ():
        if isinstance(note, dict) and note.get("id") and note.get("content"):
            yield str(note["id"]), str(note["content"])


def _comment(element: Element) -> WrittenComment:
    values = elements.child_texts(element)
    return WrittenComment(
        number=elements.wxr_number(values.get("wp:comment_id", "")),
        author=values.get("wp:comment_author", ""),
        email=values.get("wp:comment_author_email", ""),
        body=values.get("wp:comment_content", ""),
        posted_at=elements.wxr_moment(
            values.get("wp:comment_date_gmt", ""), values.get("wp:comment_date", "")
        ),
        state=values.get("wp:comment_approved", ""),
        kind=values.get("wp:comment_type", ""),
        parent=elements.wxr_number(values.get("wp:comment_parent", "")) or 0,
        user=values.get("wp:comment_user_id", ""),
        url=values.get("wp:comment_author_url", ""),
    )
