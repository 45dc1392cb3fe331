"""Campaigns: comments that say nearly the same, whoever sends them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from shop.blueprints.comments import judging_models  # noqa: F401 - its tables belong to every comment
from shop.blueprints.comments.models import Comment, State
from shop.extensions import db

MOST_AT_ONCE = 1_000


def members(campaign: str, state: State, *, limit: int = MOST_AT_ONCE) -> Sequence[int]:
    """The ids of a campaign's comments in one state, the oldest first."""
    return db.session.scalars(
        select(Comment.id)
        .where(Comment.campaign == campaign, Comment.state == state)
        .order_by(Comment.id)
        .limit(limit)
    ).all()
