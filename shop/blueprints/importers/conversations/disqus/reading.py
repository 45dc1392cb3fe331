"""Reads a Disqus export, one element at a time, so that memory stays flat.

The names are those of Disqus's own schema (disqus.com/api/schemas/1.0/disqus.xsd). The file is read once from end to
end before anything is stored. Document types are refused, and with them every entity bomb and external entity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shop.blueprints.importers.formats import xml_files

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DISQUS = "{http://disqus.com}"
_ID = "{http://disqus.com/disqus-internals}id"


@dataclass(frozen=True, slots=True)
class Thread:
    """A page that people wrote below. `name` is the id that its site gave it."""

    number: str
    name: str
    link: str
    title: str


@dataclass(frozen=True, slots=True)
class Post:
    """A comment as the file has it; `body` in HTML, `posted_at` in UTC."""

    number: str
    thread: str
    parent: str
    author: str
    email: str
    body: str
    posted_at: datetime | None
    is_deleted: bool
    is_spam: bool

    @property
    def label(self) -> str:
        """What a report calls it."""
        return f"post {self.number or '?'}"


@dataclass(slots=True)
class ThreadSurvey:
    """What the whole file says: its threads, its posts, and which of them are answered."""

    threads: dict[str, Thread] = field(default_factory=dict)
    posts: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)


def survey_threads(path: Path) -> ThreadSurvey:
    """Read the whole file once.

    Raises:
        Refused: it is not a Disqus export, is broken (says where), or declares a document type.
    """
    found = ThreadSurvey()
    for name, element in _elements(path):
        if name == "thread":
            thread = _thread(element)
            found.threads[thread.number] = thread
        elif name == "post":
            found.posts.add(element.get(_ID, ""))
            found.answered.add(_reference(element, "parent"))
    return found


def posts(path: Path) -> Iterator[Post]:
    """Every post, in the file's order.

    Raises:
        Refused: as `survey`.
    """
    for name, element in _elements(path):
        if name == "post":
            yield _post(element)


def _elements(path: Path) -> Iterator[tuple[str, Element]]:
    """The children of the root, with their names."""
    for element in xml_files.elements(path, root=f"{_DISQUS}disqus", depth=1, maker="Disqus"):
        yield str(element.tag).removeprefix(_DISQUS), element


def _thread(element: Element) -> Thread:
    return Thread(
        number=element.get(_ID, ""),
        name=_text(element, "id"),
        link=_text(element, "link"),
        title=_text(element, "title"),
    )


def _post(element: Element) -> Post:
    author = element.find(f"{_DISQUS}author")
    return Post(
        number=element.get(_ID, ""),
        thread=_reference(element, "thread"),
        parent=_reference(element, "parent"),
        author=(_text(author, "name") or _text(author, "username")) if author is not None else "",
        email=_text(author, "email") if author is not None else "",
        body=_text(element, "message"),
        posted_at=_moment(_text(element, "createdAt")),
        is_deleted=_text(element, "isDeleted") == "true",
        is_spam=_text(element, "isSpam") == "true",
    )


def _text(element: Element, name: str) -> str:
    return (element.findtext(f"{_DISQUS}{name}") or "").strip()


def _reference(element: Element, name: str) -> str:
    found = element.find(f"{_DISQUS}{name}")
    return found.get(_ID, "") if found is not None else ""


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if 1970 <= moment.year < 9000 else None
