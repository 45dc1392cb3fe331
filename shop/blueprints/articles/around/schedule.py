"""When scheduled articles appear. What is kept of public articles is worked out anew then, even where the job that says
so is late.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime

from sqlalchemy import func, select

from shop.blueprints.articles.models import Article, ArticleState
from shop.blueprints.articles.queries import SCHEDULE_TAG
from shop.core import clock
from shop.core.changes.remembered import remembered
from shop.plugins.api import db

_NONE: tuple[datetime, ...] = ()


def last_appeared() -> datetime | None:
    """When an article appeared last (UTC). Those that were published at once since the schedule changed don't count."""
    moments = remembered(SCHEDULE_TAG, _moments, otherwise=_NONE)
    place = bisect_right(moments, clock.now())
    return moments[place - 1] if place else None


def _moments() -> tuple[datetime, ...]:
    """The last moment at which an article appeared, and those to come."""
    wanted = (Article.state == ArticleState.PUBLISHED, Article.removed_at.is_(None))
    last = select(func.max(Article.published_at)).where(
        *wanted, Article.published_at <= clock.now()
    )
    found = db.session.scalars(
        select(Article.published_at)
        .where(
            *wanted,
            (Article.published_at > clock.now()) | (Article.published_at == last.scalar_subquery()),
        )
        .order_by(Article.published_at)
    )
    return tuple(moment for moment in found if moment is not None)
