"""What the feeds and the sitemap tell, gathered from every feature."""

from __future__ import annotations

import heapq
from datetime import datetime

from shop.plugins import registry
from shop.plugins.types import FeedEntry

ENTRIES = 20


def newest_entries(limit: int = ENTRIES) -> list[FeedEntry]:
    """The newest entries of all sources together, newest first."""
    found = (entry for source in registry().feed_sources for entry in source.entries(limit))
    return heapq.nlargest(limit, found, key=lambda entry: (entry.published_at, entry.id))


def public_addresses() -> list[tuple[str, datetime]]:
    """Path and last change of every public page, in the order of the features."""
    return [entry for sitemap in registry().sitemaps for entry in sitemap.entries()]
