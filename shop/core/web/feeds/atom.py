"""Atom feeds (RFC 4287) with whole articles: what everyone's newest, an author's and a subject's have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Protocol

from feedgenerator import Atom1Feed

from shop.core.site import site
from shop.core.text import fit_for_xml
from shop.core.web.security import base_url

MEDIA_TYPE = "application/atom+xml; charset=utf-8"


class WrittenEntry(Protocol):
    """What an entry is written from; see `FeedEntry`."""

    @property
    def id(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def author(self) -> str: ...
    @property
    def published_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def tags(self) -> Sequence[str]: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a feed says of itself. `path` is of the page that it follows; both begin with `/`. `id` never changes."""

    title: str
    description: str
    path: str
    feed_path: str
    id: str


class _Feed(Atom1Feed):  # type: ignore[misc]
    """Says of an entry in which language it is, where that is not the feed's."""

    def item_attributes(self, item: dict[str, Any]) -> dict[str, str]:
        return {"xml:lang": item["language"]} if item["language"] else {}


def write_atom(head: FeedHead, entries: Iterable[WrittenEntry]) -> str:
    """A feed as text."""
    feed = _Feed(
        title=fit_for_xml(head.title),
        link=base_url() + head.path,
        description=fit_for_xml(head.description),
        language=site().language,
        feed_url=base_url() + head.feed_path,
        feed_guid=head.id,
        author_name=fit_for_xml(site().name),
    )
    for entry in entries:
        feed.add_item(
            title=fit_for_xml(entry.title),
            link=base_url() + entry.path,
            description=escape(fit_for_xml(entry.summary)),  # its type is html
            content=fit_for_xml(entry.html),
            author_name=fit_for_xml(entry.author) or None,
            unique_id=entry.id,
            pubdate=entry.published_at,
            updateddate=entry.updated_at,
            categories=[fit_for_xml(tag) for tag in entry.tags],
            language=entry.language,
        )
    return str(feed.writeString("utf-8"))
