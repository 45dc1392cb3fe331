"""Which article led to a guide: its link says so (`?from=<slug>`). Nothing is kept in a browser; nobody is followed."""

from __future__ import annotations

from typing import Any

import structlog
from flask import has_request_context, request, url_for
from limits import parse

from shop.core.text import slugify
from shop.extensions import limiter, network_of_visitor
from shop.plugins.api import publish, unit_of_work
from shop.plugins.api.events import ArticleLedToGuide

log = structlog.get_logger(__name__)

FIELD = "from"
AT_MOST = parse("30 per minute")


def named(value: str) -> str:
    """The slug that a link or a form names; nothing when it is not a slug. Whether it names an article shows later."""
    return value if value and len(value) <= 80 and slugify(value) == value else ""


def address_from_article(slug: str, came_from: str = "") -> str:
    """Where a guide is, said to be come to from an article where one is named."""
    values: dict[str, Any] = {FIELD: came_from} if came_from else {}
    return url_for("catalog.show", slug=slug, **values)


def article_shown() -> str:
    """The slug of the article whose page is being made; nothing on other pages."""
    if not has_request_context() or request.endpoint != "articles.show":
        return ""
    return str((request.view_args or {}).get("slug", ""))


def count_click(article: str, product_id: int) -> None:
    """Note that someone followed an article's link: a click on a page of ours, by the browser's own word.

    Crawlers and programs that look ahead are not counted. A click that can't be noted is lost; the page must not be.
    """
    headers = request.headers
    if headers.get("Sec-Fetch-Site") != "same-origin" or headers.get("Sec-Purpose"):
        return
    try:
        if limiter.enabled and not limiter.limiter.hit(AT_MOST, "clicks", network_of_visitor()):
            return
        with unit_of_work():
            publish(ArticleLedToGuide(article=article, product_id=product_id))
    except Exception as error:  # noqa: BLE001 - the counters' server or the database may be away
        log.warning("click.lost", error=repr(error))
