"""Blogger's export: an Atom file of posts, pages and comments, alone or in the ZIP of Google Takeout.

Two forms are read: that of the button “Back up content” until 2024, whose entries say in a category what they are, and
that of Takeout since, with elements of `http://schemas.google.com/blogger/2018`.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from click import Option
from flask_babel import gettext as _

from shop.blueprints.comments.models import State
from shop.blueprints.importers import pictures, queries
from shop.blueprints.importers.conversations import talk
from shop.blueprints.importers.conversations.talk import Arrival
from shop.blueprints.importers.formats import bundles, files, xml_files
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.magazines.arriving import (
    ArticleArrival,
    AuthorArrival,
    Magazine,
    moment_in,
)
from shop.blueprints.importers.magazines.mending import ArticleCorrections, article_map_option
from shop.blueprints.importers.wordpress.paragraphs import outside_code
from shop.core import clock
from shop.plugins import registry
from shop.plugins.api import ImportReport, Refused

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

options = (
    article_map_option,
    pictures.uploads_option,
    pictures.fetch_option,
    Option(
        ["--site"], default="", help="The address of the former site, for links between its pages."
    ),
    files.max_mb,
)
_EMPTY_LINE = re.compile(r"<br\s*/?>\s*(?:<br\s*/?>\s*)+", re.IGNORECASE)
_ATOM = "{http://www.w3.org/2005/Atom}"
_KIND = "http://schemas.google.com/g/2005#kind"
_HIDDEN = {"GHOSTED", "SPAM"}
_GONE = {"SOFT_TRASHED", "TRASHED", "EMPTIED", "DELETED"}


@dataclass(frozen=True, slots=True)
class BloggerEntry:
    """A post, a page, a comment, or a part of the design. `about` is the post of a comment, `answers` another comment.

    `path` is its old address without the host, `labels` what Blogger calls its subjects.
    """

    kind: str
    key: str
    title: str
    content: str
    summary: str
    status: str
    published: str
    author: str
    author_url: str
    path: str
    labels: tuple[str, ...]
    about: str
    answers: str

    @property
    def label(self) -> str:
        """What a report calls it."""
        return f"{self.kind} {self.key.rpartition('-')[2][:20]} “{self.title[:60]}”"


def run(
    file: Path,
    report: ImportReport,
    *,
    site: str,
    max_mb: int,
    mapping: Path | None = None,
    uploads: str | None = None,
    fetch_images: bool = False,
) -> None:
    """Bring a Blogger export in, and its pictures from the folder or ZIP `uploads`, or with `fetch_images`.

    Raises:
        Refused: the file is no use as a whole.
    """
    with (
        _atom_file(file, max_mb=max_mb) as path,
        pictures.pictures_from(uploads, fetches=fetch_images) as kept,
    ):
        site = site or _site_of(path)
        host = urlsplit(site).hostname or "blogger"
        magazine = Magazine(
            f"blogger:{host}", site, report, ArticleCorrections(mapping).put_right, kept
        )
        comments: set[str] = set()
        for entry in _entries(path):
            if entry.kind == "comment":
                comments.add(_key(entry.key))
            elif entry.kind in {"post", "page"}:
                _bring_in(entry, magazine, site)
        magazine.finish("/feeds/posts/default", "/atom.xml", "/rss.xml")
        if comments and not registry().has("comments"):
            report.note(_("comments"), _("comments are off, so they were left out"))
        elif comments:
            arrivals = talk.parents_first(_arrivals(path, report), frozenset(comments))
            talk.import_talk(arrivals, report)


@contextlib.contextmanager
def _atom_file(file: Path, *, max_mb: int) -> Iterator[Path]:
    if not files.is_zip(file):
        files.require_harmless(file, max_mb=max_mb)
        yield file
        return
    with bundles.opened(file, max_mb=max_mb) as bundle, tempfile.TemporaryDirectory() as folder:
        found = [name for name in bundle.names if PurePosixPath(name).suffix == ".atom"]
        if len(found) != 1:
            raise Refused(
                _(
                    "%(name)s holds %(count)s Blogger exports (feed.atom). Import one at a time.",
                    name=file.name,
                    count=len(found),
                )
            )
        path = Path(folder) / "feed.atom"
        bundle.copy_to(found[0], path, most=max_mb * 1_000_000)
        yield path


def _elements(path: Path) -> Iterator[Element]:
    return xml_files.elements(path, root=f"{_ATOM}feed", depth=1, maker="Blogger")


def _site_of(path: Path) -> str:
    """The address that the file says of the whole blog; empty where it says none."""
    for element in _elements(path):
        if element.tag == f"{_ATOM}link" and element.get("rel") == "alternate":
            return element.get("href", "")
        if element.tag == f"{_ATOM}entry":
            break
    return ""


def _entries(path: Path) -> Iterator[BloggerEntry]:
    is_blogger = False
    for element in _elements(path):
        is_blogger = is_blogger or "blogger" in (element.text or "").casefold()
        if element.tag == f"{_ATOM}entry":
            entry = _entry(element)
            is_blogger = is_blogger or "blogger.com" in entry.key
            if not is_blogger:
                raise Refused(_("It is a feed (Atom), but not the export of a blog at Blogger."))
            yield entry


def _entry(element: Element) -> BloggerEntry:
    said = {_local(child): (child.text or "").strip() for child in element}
    categories = [each for each in element if _local(each) == "category"]
    kind = next((each.get("term", "") for each in categories if each.get("scheme") == _KIND), "")
    author = {
        _local(child): (child.text or "").strip()
        for each in element
        if _local(each) == "author"
        for child in each
    }
    is_draft = any(
        (each.text or "").strip() == "yes" for each in element.iter() if _local(each) == "draft"
    )
    return BloggerEntry(
        kind=(kind.rpartition("#")[2] or said.get("type", "")).casefold(),
        key=said.get("id", ""),
        title=conversion.to_plain(said.get("title", "")),
        content=said.get("content", ""),
        summary=conversion.to_plain(said.get("metaDescription", "")),
        status="DRAFT" if is_draft else said.get("status", "").upper(),
        published=said.get("published", ""),
        author=conversion.to_plain(author.get("name", "")),
        author_url=author.get("uri", ""),
        path=said.get("filename", "") or urlsplit(_link(element, "alternate")).path,
        labels=tuple(each.get("term", "") for each in categories if each.get("scheme") != _KIND),
        about=said.get("parent", "") or _about(element),
        answers=said.get("inReplyTo", "") or _answered(element, said.get("id", "")),
    )


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _link(element: Element, relation: str) -> str:
    links = (each for each in element if _local(each) == "link" and each.get("rel") == relation)
    return next((each.get("href", "") for each in links), "")


def _about(element: Element) -> str:
    """The post that a comment stands below (RFC 4685)."""
    return next((each.get("ref", "") for each in element if _local(each) == "in-reply-to"), "")


def _answered(element: Element, key: str) -> str:
    """The comment that another answers: the address of one ends in its number, and so do their keys."""
    number = _link(element, "related").rpartition("/")[2]
    return f"{key.rpartition('post-')[0]}post-{number}" if number.isdecimal() else ""


def _bring_in(entry: BloggerEntry, magazine: Magazine, site: str) -> None:
    try:
        magazine.bring_in(_arrival(entry, site, magazine))
    except Refused as refused:
        magazine.refuse(entry.label, refused.message)


def _arrival(entry: BloggerEntry, site: str, magazine: Magazine) -> ArticleArrival:
    if not entry.key:
        raise Refused(_("it has no id, so it could not be recognised in a second import"))
    if entry.status in _GONE:
        raise Refused(_("it was in the trash there"))
    return ArticleArrival(
        label=entry.label,
        key=_key(entry.key),
        title=entry.title,
        slug=PurePosixPath(entry.path).stem,
        body=conversion.html_to_markdown(
            _with_paragraphs(entry.content),
            base=site,
            kept_at=magazine.pictures_of(_key(entry.key)).kept_at,
        ),
        excerpt=entry.summary,
        is_page=entry.kind == "page",
        is_public=entry.status != "DRAFT",
        published_at=moment_in(entry.published),
        author=AuthorArrival(entry.author),
        tags={name: f"/search/label/{quote(name)}" for name in entry.labels},
        old=(entry.path,) if entry.path else (),
    )


def _with_paragraphs(content: str) -> str:
    """The text with empty lines as paragraphs: Blogger's own editor wrote no others for years."""
    return outside_code(content, lambda part: _EMPTY_LINE.sub("\n<p>\n", part))


def _key(written: str) -> str:
    return f"blogger:{written.removeprefix('tag:blogger.com,1999:')}"


def _arrivals(path: Path, report: ImportReport) -> Iterator[Arrival]:
    for entry in _entries(path):
        if entry.kind == "comment":
            try:
                yield _comment(entry)
            except Refused as refused:
                report.refuse(entry.label, refused.message)


def _comment(entry: BloggerEntry) -> Arrival:
    article = queries.article_brought_in(_key(entry.about))
    if article is None:
        raise Refused(_("its post or page was not imported"))
    if entry.status in _GONE:
        raise Refused(_("it was deleted there"))
    return Arrival(
        label=entry.label,
        key=_key(entry.key),
        parent_key=_key(entry.answers) if entry.answers else "",
        article_id=article.id,
        author=entry.author,
        email="",  # Blogger writes the same one for everybody
        body=conversion.html_to_markdown(entry.content),
        posted_at=moment_in(entry.published) or clock.now(),
        state=State.SPAM if entry.status in _HIDDEN else State.APPROVED,
        author_url=entry.author_url,
    )
