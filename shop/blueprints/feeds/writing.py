"""The formats: entries and addresses in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import quoteattr

from flask import url_for

from shop.blueprints.feeds.queries import PublicPage
from shop.core.site import site
from shop.core.web.feeds.atom import FeedHead, write_atom
from shop.core.web.feeds.json_feed import write_json_feed
from shop.core.web.security import absolute_url, base_url
from shop.plugins.api import FeedEntry

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


def newest_atom(entries: Iterable[FeedEntry]) -> str:
    """The Atom feed of the site."""
    here = url_for("feeds.atom")
    return write_atom(
        FeedHead(site().name, site().description, "/", here, f"{base_url()}/"), entries
    )


def newest_json(entries: Iterable[FeedEntry]) -> str:
    """The JSON Feed of the site."""
    here = url_for("feeds.json_feed")
    return write_json_feed(FeedHead(site().name, site().description, "/", here, ""), entries)


def sitemap(pages: Iterable[PublicPage]) -> str:
    """A sitemap of at most 50,000 pages; of what is there in several languages, each page names all of them."""
    lines = (
        f"<url>{_place(page.path, page.changed_at)}{_languages(page.languages)}</url>"
        for page in pages
    )
    return _listing(f'urlset xmlns="{_SITEMAP}" xmlns:xhtml="{_XHTML}"', lines)


def sitemap_index(parts: Sequence[tuple[str, datetime]]) -> str:
    """A sitemap of sitemaps."""
    lines = (f"<sitemap>{_place(*part)}</sitemap>" for part in parts)
    return _listing(f'sitemapindex xmlns="{_SITEMAP}"', lines)


def _place(path: str, changed_at: datetime) -> str:
    return (
        f"<loc>{xml_escape(base_url() + path)}</loc>"
        f"<lastmod>{changed_at.isoformat(timespec='seconds')}</lastmod>"
    )


def _languages(paths: Mapping[str, str]) -> str:
    return "".join(
        f'<xhtml:link rel="alternate" hreflang={quoteattr(tag)} href={quoteattr(base_url() + path)}/>'
        for tag, path in sorted(paths.items())
    )


def _listing(root: str, lines: Iterable[str]) -> str:
    end = root.partition(" ")[0]
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', f"<{root}>", *lines, f"</{end}>\n"])


def robots(private: Iterable[str]) -> str:
    """What robots are asked to leave alone, and where the sitemap is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in private), ""]
    return "\n".join([*lines, f"Sitemap: {absolute_url('feeds.sitemap')}\n"])
