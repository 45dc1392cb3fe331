"""When scheduled articles appear. What is kept of public articles is worked out anew then, even where the job that says
so is late.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime

from sqlalchemy import select

from shop.blueprints.articles.models import Article, ArticleState
from shop.blueprints.articles.queries import LINKS_TAG
from shop.core import clock
from shop.core.changes.remembered import remembered
from shop.plugins.api import db

_NONE: tuple[datetime, ...] = ()


def appeared() -> int:
    """How many of the articles that waited for their time when links last changed are public by now."""
    moments = remembered(LINKS_TAG, _moments, otherwise=_NONE)
    return bisect_right(moments, clock.now())


def _moments() -> tuple[datetime, ...]:
    found = db.session.scalars(
        select(Article.published_at)
        .where(
            Article.state == ArticleState.PUBLISHED,
            Article.removed_at.is_(None),
            Article.published_at > clock.now(),
        )
        .order_by(Article.published_at)
    )
    return tuple(moment for moment in found if moment is not None)
