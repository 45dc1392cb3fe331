"""What is known of whoever wrote a comment: addresses as far as they are kept, and what else they wrote here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from shop.blueprints.articles.models import Article
from shop.blueprints.comments.models import Comment, Decision, State
from shop.blueprints.comments.moderation.queue.cards import who_decided
from shop.plugins.api import db

EARLIER = 5
EXCERPT = 160
MOST_COUNTED = 500
SHORT_KEY = 8


@dataclass(frozen=True, slots=True)
class OtherComment:
    """Something else by the same email address; `decided` says in words who decided on it."""

    id: int
    state: State
    posted_at: datetime
    title: str
    text: str
    decided: str


@dataclass(frozen=True, slots=True)
class Writer:
    """The author of a comment.

    `url` came with an import and may be anything. `network` is the beginning of a keyed hash: the network itself is
    not kept. `from_address` and `from_network` count other comments from there; they stop at 500.
    """

    email: str
    url: str
    network: str
    from_address: int
    from_network: int
    by_state: Mapping[State, int]
    others: Sequence[OtherComment]


def writer_of(comment: Comment) -> Writer:
    """What is known of a comment's author, by five queries at most."""
    from_address, from_network = _from_there(comment)
    return Writer(
        email=comment.email,
        url=comment.author_url,
        network=comment.network_key[:SHORT_KEY],
        from_address=from_address,
        from_network=from_network,
        by_state=_by_state(comment) if comment.email else {},
        others=_others(comment) if comment.email else (),
    )


def decisions_on(comment: Comment) -> Sequence[Decision]:
    """What was decided on a comment, the newest first; twenty at most."""
    query = select(Decision).where(Decision.comment_id == comment.id)
    return db.session.scalars(query.order_by(Decision.id.desc()).limit(20)).all()


def _from_there(comment: Comment) -> tuple[int, int]:
    if not comment.network_key:
        return 0, 0
    query = select(Comment.address_key).where(
        Comment.network_key == comment.network_key, Comment.id != comment.id
    )
    keys = db.session.scalars(query.order_by(Comment.id.desc()).limit(MOST_COUNTED)).all()
    return sum(key == comment.address_key for key in keys), len(keys)


def _by_state(comment: Comment) -> Mapping[State, int]:
    query = select(Comment.state, func.count()).where(
        Comment.email == comment.email, Comment.id != comment.id
    )
    rows = db.session.execute(query.group_by(Comment.state).order_by(Comment.state))
    return {State(state): number for state, number in rows}


def _others(comment: Comment) -> Sequence[OtherComment]:
    query = (
        select(
            Comment.id,
            Comment.state,
            Comment.posted_at,
            Article.title,
            func.substr(Comment.body, 1, EXCERPT).label("text"),
        )
        .join(Article, Article.id == Comment.article_id)
        .where(Comment.email == comment.email, Comment.id != comment.id)
    )
    newest = query.order_by(Comment.posted_at.desc(), Comment.id.desc()).limit(EARLIER)
    rows = db.session.execute(newest).all()
    said = who_decided([row.id for row in rows])
    return [
        OtherComment(
            row.id, State(row.state), row.posted_at, row.title, row.text, said.get(row.id, "")
        )
        for row in rows
    ]
