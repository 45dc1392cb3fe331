"""What the feeds and the sitemap tell, gathered from every feature."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from shop.core.text import is_path
from shop.plugins import SWITCHES, bounded, fits, fitting, guarded, registry
from shop.plugins.api import FeedEntry, FeedSource, Sitemap, made_of
from shop.plugins.drawing.loading import require_short

ENTRIES = 20
MOST_ADDRESSES = 500_000
"""Of one source: ten files of a sitemap."""


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
        lambda: [_entry(entry) for entry in bounded(source.entries(limit))],
        otherwise=[],
    )


def _addresses(sitemap: Sitemap) -> list[PublicPage]:
    return guarded(
        "sitemaps",
        sitemap,
        lambda: [_address(entry) for entry in bounded(sitemap.entries(), MOST_ADDRESSES)],
        otherwise=[],
    )


def _entry(given: Any) -> FeedEntry:
    entry = fitting(given, FeedEntry)
    require_short(entry.html)
    _path(entry.path)
    return entry


def _path(given: str) -> str:
    if not is_path(given):
        raise ValueError(
            f"{given[:60]!r} is no path on this site: it begins with no /, or names a host"
        )
    return given


def _address(entry: Any) -> PublicPage:
    path, changed_at, languages = (*entry, {}) if len(entry) == 2 else entry
    told = dict(languages)
    texts = (path, *told, *told.values())
    if not all(fits(each, str) for each in texts) or not fits(changed_at, datetime):
        raise TypeError(f"{entry!r} is no path with its last change in UTC")
    return PublicPage(_path(path), changed_at, told if len(told) > 1 else {})
