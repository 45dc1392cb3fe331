"""What the feeds and the sitemap tell, gathered from every feature."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from shop.plugins import SWITCHES, bounded, fitting, guarded, registry
from shop.plugins.api import FeedEntry, FeedSource, Sitemap, made_of

ENTRIES = 20


def newest_entries(limit: int = ENTRIES) -> list[FeedEntry]:
    """The newest entries of all sources together, newest first."""
    made_of(SWITCHES)
    found = (entry for source in registry().feed_sources for entry in _entries(source, limit))
    return heapq.nlargest(limit, found, key=lambda entry: (entry.published_at, entry.id))


class PublicPage(NamedTuple):
    """A page of the sitemap; `languages` are the paths of the same in several languages, by their tags."""

    path: str
    changed_at: datetime
    languages: Mapping[str, str]


def public_addresses() -> list[PublicPage]:
    """Every public page, in the order of the features."""
    made_of(SWITCHES)
    return [entry for sitemap in registry().sitemaps for entry in _addresses(sitemap)]


def _entries(source: FeedSource, limit: int) -> list[FeedEntry]:
    return guarded(
        "feed_sources",
        source,
        lambda: [fitting(entry, FeedEntry) for entry in bounded(source.entries(limit))],
        otherwise=[],
    )


def _addresses(sitemap: Sitemap) -> list[PublicPage]:
    return guarded(
        "sitemaps", sitemap, lambda: [_address(entry) for entry in sitemap.entries()], otherwise=[]
    )


def _address(entry: Any) -> PublicPage:
    path, changed_at, languages = (*entry, {}) if len(entry) == 2 else entry
    if not isinstance(path, str) or not isinstance(changed_at, datetime):
        raise TypeError(f"{entry!r} is no path with its last change")
    return PublicPage(path, changed_at, languages if len(languages) > 1 else {})
