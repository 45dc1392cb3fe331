"""The addresses that machines ask for."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from shop.blueprints.feeds import queries, writing
from shop.core.web.feeds import atom as atom_feeds
from shop.core.web.feeds import json_feed as json_feeds
from shop.plugins.api import NotFound, public_page

bp = Blueprint("feeds", __name__)

PAGES_A_SITEMAP = 50_000  # sitemaps.org
PRIVATE = ("/admin", "/cart", "/checkout", "/account", "/orders")


@bp.get("/feed.xml")
def atom() -> Response:
    """The newest, as Atom."""
    public_page("settings")
    feed = writing.newest_atom(queries.newest_entries())
    return Response(feed, content_type=atom_feeds.MEDIA_TYPE)


@bp.get("/feed.json")
def json_feed() -> Response:
    """The newest, as JSON Feed."""
    public_page("settings")
    feed = writing.newest_json(queries.newest_entries())
    return Response(feed, content_type=json_feeds.MEDIA_TYPE)


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Every public page; beyond 50,000 of them, an index of sitemaps."""
    public_page()
    parts = _parts()
    if len(parts) == 1:
        return _xml(writing.sitemap(parts[0]))
    numbered = enumerate(parts, start=1)
    return _xml(
        writing.sitemap_index(
            [
                (
                    url_for("feeds.sitemap_part", number=number),
                    max(page.changed_at for page in part),
                )
                for number, part in numbered
            ]
        )
    )


@bp.get("/sitemap-<int:number>.xml")
def sitemap_part(number: int) -> Response:
    """One of several sitemaps."""
    parts = _parts()
    if not 1 <= number <= len(parts):
        raise NotFound
    public_page()
    return _xml(writing.sitemap(parts[number - 1]))


@bp.get("/robots.txt")
def robots() -> Response:
    """What robots may read: all but what is one person's."""
    public_page()
    return Response(writing.robots(PRIVATE), content_type="text/plain; charset=utf-8")


def _parts() -> list[list[queries.PublicPage]]:
    addresses = queries.public_addresses()
    starts = range(0, max(len(addresses), 1), PAGES_A_SITEMAP)
    return [addresses[start : start + PAGES_A_SITEMAP] for start in starts]


def _xml(text: str) -> Response:
    return Response(text, content_type="application/xml; charset=utf-8")
