"""Whether the links of an article lead somewhere: a job tries them when a writer asks, and it is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import delete, select

from shop.blueprints.articles.models import Article
from shop.blueprints.articles.writing.models import LinkAnswer
from shop.core import clock, markdown
from shop.core.web import outgoing
from shop.core.web.security import base_url
from shop.plugins.api import db, enqueue, unit_of_work

CHECK_LINKS = "articles.check_links"
MOST_CHECKED = 60
SECONDS = 6.0
_REFUSES_HEAD = {403, 404, 405, 501}
"""Some servers answer like this to HEAD alone."""
_ENOUGH = 2_000_000


def links_to_check(outline: markdown.Outline) -> list[str]:
    """The links of an article that lead to a page: each once, in their order."""
    return [
        each
        for each in dict.fromkeys(outline.links)
        if each.startswith(("https://", "http://")) or (each.startswith("/") and each[1:2] != "/")
    ]


def ask_to_check(article: Article) -> None:
    """Let a job follow the links of an article."""
    enqueue(CHECK_LINKS, {"article_id": article.id})


def answers_of(article: Article) -> Mapping[str, LinkAnswer]:
    """What came of the links of an article when they were tried, by address."""
    found = db.session.scalars(select(LinkAnswer).filter_by(article_id=article.id))
    return {each.url: each for each in found}


def check_links(payload: dict[str, Any]) -> None:
    """Follow the links of an article, outside of any transaction, and remember what came of it."""
    article = db.session.get(Article, payload["article_id"])
    if article is None:
        return
    links = links_to_check(markdown.outline(article.body))[:MOST_CHECKED]
    db.session.rollback()
    statuses = {link: _followed(link) for link in links}
    with unit_of_work():
        article = db.session.get(Article, payload["article_id"])
        if article is None:
            return
        db.session.execute(delete(LinkAnswer).filter_by(article_id=article.id))
        for link, status in statuses.items():
            db.session.add(
                LinkAnswer(article_id=article.id, url=link, status=status, tried_at=clock.now())
            )


def _followed(link: str) -> int:
    """The status of what a link leads to; 0 where nobody answered."""
    own = urlsplit(link)
    if link.startswith("/") or f"{own.scheme}://{own.netloc}" == base_url():
        client = current_app.test_client(use_cookies=False)
        with client.get(f"{own.path or '/'}?{own.query}", base_url=base_url()) as answer:
            return answer.status_code
    try:
        status = outgoing.fetch(link, method="HEAD", seconds=SECONDS).status
        if status in _REFUSES_HEAD:
            status = outgoing.fetch(link, seconds=SECONDS, most_bytes=_ENOUGH).status
    except outgoing.Unreachable:
        return 0
    return status
