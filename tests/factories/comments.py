"""Comments for tests, and articles to write them under."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from shop.blueprints.articles.models import Article
from shop.blueprints.comments import services
from shop.blueprints.comments.models import Comment, State
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

GOOD = {
    "author": "Ruth Abelson",
    "email": "ruth@example.org",
    "body": "I would call the seventh key a ceasefire.",
}

_numbers = count(1)


def make_article(**values: Any) -> Article:
    """A stored public article, open to comments; publishes no event."""
    number = next(_numbers)
    given = {
        "slug": f"article-{number}",
        "title": f"Article {number}",
        "body": "Trust is the part of a house that nobody photographs.",
        "state": "published",
        "published_at": clock.now() - timedelta(days=1),
    }
    article = Article(**{**given, **values})
    with unit_of_work():
        db.session.add(article)
    return article


def make_comment(
    article: Article,
    state: State | str = State.APPROVED,
    *,
    parent: Comment | None = None,
    posted_at: datetime | None = None,
    **values: Any,
) -> Comment:
    """A stored comment in whatever state; publishes no event."""
    number = next(_numbers)
    given = {
        "import_key": f"test:{number}",
        "article_id": article.id,
        "author_name": f"Reader {number}",
        "email": f"reader{number}@example.org",
        "body": f"Comment number {number}.",
    }
    with unit_of_work():
        comment, _is_new = services.import_comment(
            **{**given, **values},
            state=state,
            parent=parent,
            posted_at=posted_at or clock.now() - timedelta(hours=3) + timedelta(seconds=number),
        )
    return comment


def make_known(
    article: Article, *, author: str = GOOD["author"], email: str = GOOD["email"]
) -> None:
    """Two approved comments of one person from different days, after which nobody calls them new here."""
    for days in (3, 2):
        posted_at = clock.now() - timedelta(days=days)
        make_comment(article, author_name=author, email=email, posted_at=posted_at)


def post(client: FlaskClient, article: Article, **fields: Any) -> Any:
    """Send the form below an article."""
    return client.post(f"/articles/{article.slug}/comments", data={**GOOD, **fields})


def all_comments() -> list[Comment]:
    """What is stored, in the order in which it came."""
    return list(db.session.scalars(select(Comment).order_by(Comment.id)))
