"""Follows the links of an article, in a job, and remembers whether they lead somewhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import delete

from shop.blueprints.articles.models import Article
from shop.blueprints.articles.writing.link_checks import links_to_check
from shop.blueprints.articles.writing.models import LinkAnswer
from shop.core import clock, markdown
from shop.core.web import outgoing
from shop.core.web.security import base_url
from shop.plugins.api import db, unit_of_work

MOST_FOLLOWED = 60
SECONDS = 6.0
_REFUSES_HEAD = {403, 404, 405, 501}
"""Some servers answer like this to HEAD alone."""
_ENOUGH = 2_000_000


def check_links(payload: dict[str, Any]) -> None:
    """Follow the links of an article, outside of any transaction, and remember what came of it."""
    article = db.session.get(Article, payload["article_id"])
    if article is None:
        return
    links = links_to_check(markdown.outline(article.body))[:MOST_FOLLOWED]
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
