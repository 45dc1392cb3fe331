"""Reads a WXR file, one item at a time, so that memory stays flat.

The file is read once from end to end before anything is stored: one that breaks off leaves nothing half-done. Document
types are refused, and with them every entity bomb and external entity. WXR has no specification; the names are those
of WordPress's own exporter (wp-admin/includes/export.php), whose namespace carries a version.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask_babel import gettext as _

from shop.blueprints.importers.formats import xml_files
from shop.blueprints.importers.linked_folders import LinkedFolders
from shop.blueprints.importers.wordpress.elementor import with_elementor
from shop.plugins.api import Refused

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_EXPORT = re.compile(r"https?://wordpress\.org/export/[\d.]{1,8}/(excerpt/)?")
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_SAID_BY_MENU = ("type", "object", "object_id", "url")
LONGEST_SITE = 120
LONGEST_NOTES = 500_000
FURTHEST_ZONE = timedelta(hours=14)
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"


@dataclass(slots=True)
class SiteSurvey:
    """What the file says of the whole site.

    Attributes:
        address: of the site, e.g. `https://old.example/blog`.
        authors: names by login.
        staff: the ids of their accounts.
        pictures: addresses of attachments by their number.
        pictures_of: the numbers of the attachments of a post, by its number.
        parents: the number of what an attachment belongs to, by its own.
        reusable: blocks that several texts share, as HTML, by their numbers.
        terms: categories, tags and others by their ids, each as taxonomy, slug and name.
        above: the slugs of categories that stand above others, by the slugs of those.
        subjects: the slugs of the categories and of the tags of its texts, by `category` and `post_tag`.
        folders: those that its links name.
        products: where products were, by their numbers.
        tops: the first folders of the addresses of posts; empty for a post that stood in none.
        ahead: how far the site's clock was ahead of UTC, for dates that the file has in its time only.
    """

    address: str = ""
    authors: dict[str, str] = field(default_factory=dict)
    staff: set[str] = field(default_factory=set)
    pictures: dict[int, str] = field(default_factory=dict)
    pictures_of: dict[int, list[int]] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)
    reusable: dict[int, str] = field(default_factory=dict)
    terms: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    above: dict[str, str] = field(default_factory=dict)
    subjects: dict[str, set[str]] = field(default_factory=dict)
    folders: LinkedFolders = field(default_factory=LinkedFolders)
    products: dict[int, str] = field(default_factory=dict)
    tops: set[str] = field(default_factory=set)
    ahead: timedelta = timedelta()

    @property
    def front(self) -> str:
        """A folder in which all posts stood, such as `/blog`; empty where there was none."""
        only = next(iter(self.tops)) if len(self.tops) == 1 else ""
        return f"/{only}" if only and not only.isdecimal() else ""

    def path_of(self, slug: str) -> str:
        """Where a category stood in its folder: below those above it."""
        steps = [slug]
        while (above := self.above.get(steps[0])) and above not in steps:
            steps.insert(0, above)
        return "/".join(steps)

    def folders_of(self, domain: str) -> list[str]:
        """How its owner called the folders of categories or tags, as far as its links say."""
        return self.folders.of({slug: self.path_of(slug) for slug in self.subjects.get(domain, ())})

    @property
    def names(self) -> tuple[str, str]:
        """What makes its numbers unique: host and folder, and the same with the `www.` that may come and go."""
        try:
            parts = urlsplit(self.address)
            host, folder = parts.hostname or "wordpress", parts.path.rstrip("/")
        except ValueError:
            host, folder = "wordpress", ""
        bare = host.removeprefix("www.")
        return f"{bare}{folder}"[:LONGEST_SITE], f"www.{bare}{folder}"[:LONGEST_SITE]


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
class WrittenTerm:
    """A category or a tag of an item: `domain` is `category` or `post_tag`, `slug` its part of the old address."""

    domain: str
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class WxrItem:
    """A post, a page, or something else that WordPress keeps among its posts. Moments in UTC, texts in HTML.

    `terms` are categories and tags; `footnotes` those of the block editor by their ids; `picture` is the number of the
    featured image. `language` is a tag such as fr, and `translations` the name that all translations of a text share,
    as Polylang and WPML have them; both may be empty. A date that the file has in the site's own time only is taken to
    be UTC and marked `is_local`. `menu` is the one that an item of a menu stands in, with its place, the item above it
    and what it says; `old_slugs` are those that it had before.
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

    @property
    def label(self) -> str:
        """What a report calls it."""
        name = f" “{self.title[:60]}”" if self.title else ""
        return f"{self.kind.replace('_', ' ') or 'item'} {self.number or '?'}{name}"


def survey_site(*paths: Path) -> SiteSurvey:
    """Read all files of an export once.

    Raises:
        Refused: it is not a WXR, is broken (says where), or declares a document type.
    """
    found = SiteSurvey()
    for path in paths:
        _survey(path, found)
    return found


def _survey(path: Path, found: SiteSurvey) -> None:
    is_wxr = False
    for name, element in _elements(path):
        if name == "item":
            _note_item(found, element)
        elif name == "wp:wxr_version":
            is_wxr = True
        elif name == "wp:base_blog_url" or (name == "link" and not found.address):
            found.address = _text(element)
        elif name == "wp:author":
            _note_author(found, element)
        elif name in {"wp:category", "wp:tag", "wp:term"}:
            _note_term(found, name, element)
    if not is_wxr:
        raise Refused(
            _("%(name)s is not a WordPress export: it has no wp:wxr_version.", name=path.name)
        )


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


def _note_term(found: SiteSurvey, kind: str, element: Element) -> None:
    values = _values(element)
    number = _number(values.get("wp:term_id", ""))
    if number is None:
        return
    taxonomy, slug, name = {
        "wp:category": ("category", "wp:category_nicename", "wp:cat_name"),
        "wp:tag": ("post_tag", "wp:tag_slug", "wp:tag_name"),
    }.get(kind, (values.get("wp:term_taxonomy", ""), "wp:term_slug", "wp:term_name"))
    plain = unquote(values.get(slug, ""))
    found.terms[number] = (taxonomy, plain, values.get(name, ""))
    if above := values.get("wp:category_parent"):
        found.above[plain] = unquote(above)


def _top_of(address: str, site: str) -> str | None:
    """The first folder of a post's address below its site; None for an address that names a number."""
    try:
        parts, top = urlsplit(address), urlsplit(site).path.rstrip("/")
    except ValueError:
        return None
    folders = parts.path.removeprefix(top).strip("/").split("/")
    if parts.query or not folders[0]:
        return None
    return folders[0] if len(folders) > 1 and folders[0] != "index.php" else ""


def _note_item(found: SiteSurvey, element: Element) -> None:
    values = _values(element)
    number = _number(values.get("wp:post_id", ""))
    address = values.get("wp:attachment_url", "")
    parent = _number(values.get("wp:post_parent", "")) or 0
    if values.get("wp:post_type") == "attachment" and number is not None and address:
        found.pictures[number] = address
        found.pictures_of.setdefault(parent, []).append(number)
    if values.get("wp:post_type") == "attachment" and number is not None and parent:
        found.parents[number] = parent
    if values.get("wp:post_type") == "wp_block" and number is not None:
        found.reusable[number] = values.get("content", "")
    if values.get("wp:post_type") == "post" and values.get("wp:status") == "publish":
        top = _top_of(values.get("link", ""), found.address)
        found.tops |= {top} if top is not None else set()
    if values.get("wp:post_type") == "product" and number is not None and values.get("link"):
        found.products[number] = values["link"]
    _note_folders(found, element, values)
    there, here = _mysql(values.get("wp:post_date", "")), _mysql(values.get("wp:post_date_gmt", ""))
    if there is not None and here is not None and abs(there - here) <= FURTHEST_ZONE:
        found.ahead = there - here


def _note_folders(found: SiteSurvey, element: Element, values: Mapping[str, str]) -> None:
    found.folders.note_text(values.get("link", ""), found.address)
    found.folders.note_links(values.get("content", ""), found.address)
    if values.get("wp:post_type") == "nav_menu_item":
        linked = _meta(element).get("_menu_item_url", "")
        found.folders.note_links(f'href="{linked}"', found.address)
    for term in _terms(element):
        found.subjects.setdefault(term.domain, set()).add(term.slug)


def _item(element: Element) -> WxrItem:
    values = _values(element)
    meta = _meta(element)
    known = _moment(values.get("wp:post_date_gmt", ""))
    local = _moment(values.get("wp:post_date", ""))
    return WxrItem(
        number=_number(values.get("wp:post_id", "")),
        kind=values.get("wp:post_type", ""),
        status=values.get("wp:status", ""),
        title=values.get("title", ""),
        slug=unquote(values.get("wp:post_name", "")),
        link=values.get("link", ""),
        parent=_number(values.get("wp:post_parent", "")) or 0,
        login=values.get("creator", ""),
        content=with_elementor(values.get("content", ""), meta.get("_elementor_data", "")),
        excerpt=values.get("excerpt", ""),
        password=values.get("wp:post_password", ""),
        published_at=known or local or _moment(values.get("pubDate", "")),
        is_local=known is None and local is not None,
        is_sticky=values.get("wp:is_sticky", "") == "1",
        comments_open=values.get("wp:comment_status", "") == "open",
        terms=tuple(_terms(element)),
        footnotes=tuple(_footnotes(meta.get("footnotes", ""))),
        picture=_number(meta.get("_thumbnail_id", "")),
        language=_named(element, "language") or meta.get("_wpml_import_language_code", ""),
        translations=_named(element, "post_translations")
        or meta.get("_wpml_import_translation_group", ""),
        comments=tuple(_comment(child) for child in element if _name(child) == "wp:comment"),
        menu=_named(element, "nav_menu"),
        menu_order=_number(values.get("wp:menu_order", "")) or 0,
        menu_parent=_number(meta.get("_menu_item_menu_item_parent", "")) or 0,
        menu_says={name: meta.get(f"_menu_item_{name}", "") for name in _SAID_BY_MENU},
        old_slugs=tuple(_old_slugs(element)),
    )


def _old_slugs(element: Element) -> Iterator[str]:
    for child in element:
        if _name(child) == "wp:postmeta":
            said = _values(child)
            if said.get("wp:meta_key") == "_wp_old_slug" and said.get("wp:meta_value"):
                yield unquote(said["wp:meta_value"])


def _named(element: Element, domain: str) -> str:
    """The slug of the first term of a taxonomy."""
    slugs = (each.get("nicename", "") for each in element if each.get("domain") == domain)
    return next(filter(None, slugs), "")


def _terms(element: Element) -> Iterator[WrittenTerm]:
    for child in element:
        domain, slug = child.get("domain"), child.get("nicename", "")
        is_subject = child.tag == "category" and domain in {"category", "post_tag", "tag", None}
        if is_subject and slug != "uncategorized" and _text(child):
            yield WrittenTerm(
                "category" if domain == "category" else "post_tag", unquote(slug), _text(child)
            )


def _meta(element: Element) -> dict[str, str]:
    fields = (_values(child) for child in element if _name(child) == "wp:postmeta")
    return {each.get("wp:meta_key", ""): each.get("wp:meta_value", "") for each in fields}


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
