"""What the feeds and the sitemap tell, gathered from every feature."""

from __future__ import annotations

import heapq
from datetime import datetime
from typing import Any

from shop.plugins import SWITCHES, fitting, guarded, registry
from shop.plugins.api import FeedEntry, FeedSource, Sitemap, made_of

ENTRIES = 20


def newest_entries(limit: int = ENTRIES) -> list[FeedEntry]:
    """The newest entries of all sources together, newest first."""
    made_of(SWITCHES)
    found = (entry for source in registry().feed_sources for entry in _entries(source, limit))
    return heapq.nlargest(limit, found, key=lambda entry: (entry.published_at, entry.id))


def public_addresses() -> list[tuple[str, datetime]]:
    """Path and last change of every public page, in the order of the features."""
    made_of(SWITCHES)
    return [entry for sitemap in registry().sitemaps for entry in _addresses(sitemap)]


def _entries(source: FeedSource, limit: int) -> list[FeedEntry]:
    return guarded(
        "feed_sources",
        source,
        lambda: [fitting(entry, FeedEntry) for entry in source.entries(limit)],
        otherwise=[],
    )


def _addresses(sitemap: Sitemap) -> list[tuple[str, datetime]]:
    return guarded(
        "sitemaps", sitemap, lambda: [_address(entry) for entry in sitemap.entries()], otherwise=[]
    )


def _address(entry: Any) -> tuple[str, datetime]:
    path, changed_at = entry
    if not isinstance(path, str) or not isinstance(changed_at, datetime):
        raise TypeError(f"{entry!r} is no path with its last change")
    return path, changed_at
