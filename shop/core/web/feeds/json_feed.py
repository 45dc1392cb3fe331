"""JSON Feed 1.1 (jsonfeed.org) with whole articles, of what `atom` writes as well."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from shop.core.site import site
from shop.core.web.feeds.atom import FeedHead, WrittenEntry
from shop.core.web.security import base_url

MEDIA_TYPE = "application/feed+json; charset=utf-8"


def write_json_feed(head: FeedHead, entries: Iterable[WrittenEntry]) -> str:
    """A feed as text."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": head.title,
            "description": head.description,
            "home_page_url": base_url() + head.path,
            "feed_url": base_url() + head.feed_path,
            "language": site().language,
            "items": [_item(entry) for entry in entries],
        },
        ensure_ascii=False,
        indent=1,
    )


def _item(entry: WrittenEntry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.id,
        "url": base_url() + entry.path,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.html,
        "date_published": entry.published_at.isoformat(timespec="seconds"),
        "date_modified": entry.updated_at.isoformat(timespec="seconds"),
        "tags": list(entry.tags),
    }
    if entry.language:
        item["language"] = entry.language
    if entry.author:
        item["authors"] = [{"name": entry.author}]
    return item
