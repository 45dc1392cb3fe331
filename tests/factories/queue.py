"""Many comments at once, for the queue: piles and campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from shop.blueprints.articles.models import Article
from shop.blueprints.comments import tallies
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.places import rank_of_thread
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

NAMES = ("Grace", "Melissa", "Jon", "Abena", "Ricardo", "Svetlana", "Tom", "Lucia")
HEALERS = ("Dr. Ado", "Priest Wale", "Doctor Osas", "Prophet Sani")


def pile(
    article: Article, number: int, state: State = State.WAITING, **values: Any
) -> Sequence[int]:
    """Comments a second apart, oldest first; their ids."""
    start = clock.now() - timedelta(days=2)
    rows = [_row(article, index, start, state) | values for index in range(number)]
    return _store(rows)


def make_campaign(
    article: Article, number: int, state: State = State.WAITING, key: str = "campaign-1"
) -> Sequence[int]:
    """Near-identical testimonials with changed names and numbers, known as one campaign; their ids."""
    start = clock.now() - timedelta(days=1)
    rows = []
    for index in range(number):
        name, healer = NAMES[index % len(NAMES)], HEALERS[index % len(HEALERS)]
        body = (
            f"My husband left me {2 + index % 30} months ago. {healer} brought him back within {24 + index} "
            "hours. I will for ever be grateful."
        )
        row = _row(article, index, start, state)
        rows.append(
            row
            | {
                "author_name": f"{name} {index}",
                "body": body,
                "body_html": f"<p>{body}</p>\n",
                "campaign": key,
                "score": 9,
            }
        )
    return _store(rows)


def _row(article: Article, index: int, start: datetime, state: State) -> dict[str, Any]:
    posted_at = start + timedelta(seconds=index)
    return {
        "article_id": article.id,
        "author_name": f"Piled {index}",
        "email": f"piled{index}@example.org",
        "body": f"Thought {index}.",
        "body_html": f"<p>Thought {index}.</p>\n",
        "state": state,
        "posted_at": posted_at,
        "parent_id": None,
        "thread_rank": rank_of_thread(posted_at),
        "reply_rank": 0,
    }


def _store(rows: list[dict[str, Any]]) -> Sequence[int]:
    with unit_of_work():
        ids = list(db.session.scalars(insert(Comment).returning(Comment.id), rows))
        tallies.recount()
    return list(
        db.session.scalars(
            select(Comment.id).where(Comment.id.in_(ids)).order_by(Comment.posted_at)
        )
    )
