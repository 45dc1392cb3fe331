"""The formats: entries and addresses in, text out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape as xml_escape

from flask import url_for

from shop.core.site import site
from shop.core.web.atom import AtomHead, write_atom
from shop.core.web.security import absolute_url, base_url
from shop.plugins.api import FeedEntry

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def newest_atom(entries: Iterable[FeedEntry]) -> str:
    """The Atom feed of the site."""
    here = url_for("feeds.atom")
    return write_atom(
        AtomHead(site().name, site().description, "/", here, f"{base_url()}/"), entries
    )


def json_feed(entries: Iterable[FeedEntry]) -> str:
    """A JSON Feed 1.1 (jsonfeed.org) with whole articles."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": site().name,
            "description": site().description,
            "home_page_url": f"{base_url()}/",
            "feed_url": absolute_url("feeds.json_feed"),
            "language": site().language,
            "items": [_item(entry) for entry in entries],
        },
        ensure_ascii=False,
        indent=1,
    )


def _item(entry: FeedEntry) -> dict[str, Any]:
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
    if entry.author:
        item["authors"] = [{"name": entry.author}]
    return item


def sitemap(addresses: Iterable[tuple[str, datetime]]) -> str:
    """A sitemap of at most 50,000 pages."""
    return _listing("urlset", "url", addresses)


def sitemap_index(parts: Sequence[tuple[str, datetime]]) -> str:
    """A sitemap of sitemaps."""
    return _listing("sitemapindex", "sitemap", parts)


def _listing(root: str, item: str, addresses: Iterable[tuple[str, datetime]]) -> str:
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f'<{root} xmlns="{_SITEMAP}">']
    lines += [
        f"<{item}><loc>{xml_escape(base_url() + path)}</loc>"
        f"<lastmod>{changed_at.isoformat(timespec='seconds')}</lastmod></{item}>"
        for path, changed_at in addresses
    ]
    return "\n".join([*lines, f"</{root}>\n"])


def robots(private: Iterable[str]) -> str:
    """What robots are asked to leave alone, and where the sitemap is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in private), ""]
    return "\n".join([*lines, f"Sitemap: {absolute_url('feeds.sitemap')}\n"])
