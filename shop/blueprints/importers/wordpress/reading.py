"""Reads a WXR file, one item at a time, so that memory stays flat.

The file is read once from end to end before anything is stored: one that breaks off leaves nothing half-done. Document
types are refused, and with them every entity bomb and external entity. WXR has no specification; the names are those
of WordPress's own exporter (wp-admin/includes/export.php), whose namespace carries a version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from shop.blueprints.importers import xml_files
from shop.core.errors import Refused

_EXPORT = re.compile(r"https?://wordpress\.org/export/[\d.]{1,8}/(excerpt/)?")
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"


@dataclass(slots=True)
class SiteSurvey:
    """What the file says of the whole site. `authors` are names by login, `staff` the ids of their accounts."""

    address: str = ""
    items: int = 0
    authors: dict[str, str] = field(default_factory=dict)
    staff: set[str] = field(default_factory=set)

    @property
    def host(self) -> str:
        """The site's host, which makes its numbers unique."""
        try:
            return urlsplit(self.address).hostname or "wordpress"
        except ValueError:
            return "wordpress"


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
    """A post, a page, or something else that WordPress keeps among its posts. Moments in UTC, texts in HTML."""

    number: int | None
    kind: str
    status: str
    title: str
    slug: str
    login: str
    content: str
    excerpt: str
    password: str
    published_at: datetime | None
    comments_open: bool
    menu_order: int
    terms: tuple[str, ...]
    comments: tuple[WrittenComment, ...]

    @property
    def label(self) -> str:
        """What a report calls it."""
        name = f" “{self.title[:60]}”" if self.title else ""
        return f"{self.kind.replace('_', ' ') or 'item'} {self.number or '?'}{name}"


def survey_site(path: Path) -> SiteSurvey:
    """Read the whole file once.

    Raises:
        Refused: it is not a WXR, is broken (says where), or declares a document type.
    """
    found = SiteSurvey()
    is_wxr = False
    for name, element in _elements(path):
        if name == "item":
            found.items += 1
        elif name == "wp:wxr_version":
            is_wxr = True
        elif name == "link" and not found.address:
            found.address = _text(element)
        elif name == "wp:author":
            _note_author(found, element)
    if not is_wxr:
        raise Refused(f"{path.name} is not a WordPress export: it has no wp:wxr_version.")
    return found


def items(path: Path) -> Iterator[WxrItem]:
    """Every item, in the file's order.

    Raises:
        Refused: as `survey`.
    """
    for name, element in _elements(path):
        if name == "item":
            yield _item(element)


def _elements(path: Path) -> Iterator[tuple[str, Element]]:
    """The children of the channel, with their names."""
    for element in xml_files.elements(path, root="rss", depth=2, maker="WordPress"):
        yield _name(element), element


def _name(element: Element) -> str:
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


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _values(element: Element) -> dict[str, str]:
    return {_name(child): _text(child) for child in element}


def _note_author(found: SiteSurvey, element: Element) -> None:
    values = _values(element)
    login = values.get("wp:author_login", "")
    if login:
        found.authors[login] = values.get("wp:author_display_name") or login
        found.staff.add(values.get("wp:author_id", ""))


def _item(element: Element) -> WxrItem:
    values = _values(element)
    return WxrItem(
        number=_number(values.get("wp:post_id", "")),
        kind=values.get("wp:post_type", ""),
        status=values.get("wp:status", ""),
        title=values.get("title", ""),
        slug=unquote(values.get("wp:post_name", "")),
        login=values.get("creator", ""),
        content=values.get("content", ""),
        excerpt=values.get("excerpt", ""),
        password=values.get("wp:post_password", ""),
        published_at=_moment(values.get("wp:post_date_gmt", ""), values.get("pubDate", "")),
        comments_open=values.get("wp:comment_status", "") == "open",
        menu_order=_number(values.get("wp:menu_order", "")) or 0,
        terms=tuple(
            _text(child)
            for child in element
            if child.tag == "category"
            and child.get("domain") in {"category", "post_tag", "tag", None}
            and child.get("nicename") != "uncategorized"
            and _text(child)
        ),
        comments=tuple(_comment(child) for child in element if _name(child) == "wp:comment"),
    )


def _comment(element: Element) -> WrittenComment:
    values = _values(element)
    return WrittenComment(
        number=_number(values.get("wp:comment_id", "")),
        author=values.get("wp:comment_author", ""),
        email=values.get("wp:comment_author_email", ""),
        body=values.get("wp:comment_content", ""),
        posted_at=_moment(values.get("wp:comment_date_gmt", ""), values.get("wp:comment_date", "")),
        state=values.get("wp:comment_approved", ""),
        kind=values.get("wp:comment_type", ""),
        parent=_number(values.get("wp:comment_parent", "")) or 0,
        user=values.get("wp:comment_user_id", ""),
        url=values.get("wp:comment_author_url", ""),
    )


def _number(written: str) -> int | None:
    return int(written) if re.fullmatch(r"[0-9]{1,18}", written) else None


def _moment(*written: str) -> datetime | None:
    """The first of these that is a date: MySQL's, or that of RFC 5322. Drafts have 0000-00-00."""
    for value in written:
        for read in (_mysql, _rfc5322):
            moment = read(value)
            if moment is not None and 1970 <= moment.year < 9000:
                return moment
    return None


def _mysql(written: str) -> datetime | None:
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
