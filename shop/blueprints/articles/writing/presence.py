"""Who has an article open in the editor at this moment, so that two people know of each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from shop.blueprints.accounts.models import Account
from shop.blueprints.articles.models import Article
from shop.blueprints.articles.writing.models import Presence
from shop.core import clock
from shop.core.database import upsert
from shop.plugins.api import db

PRESENT = timedelta(seconds=75)
"""An open editor tells of itself every 30 seconds; after this time somebody has left."""


def note_presence(account: Account, article: Article) -> None:
    """Somebody has the article open now."""
    here = upsert(Presence).values(
        article_id=article.id, account_id=account.id, seen_at=clock.now()
    )
    db.session.execute(
        here.on_conflict_do_update(
            index_elements=["article_id", "account_id"], set_={"seen_at": here.excluded.seen_at}
        )
    )


def forget_those_who_left() -> None:
    """Delete who had an article open and has left."""
    db.session.execute(delete(Presence).where(Presence.seen_at < clock.now() - PRESENT))


def others_present(account: Account, article: Article) -> Sequence[str]:
    """The names of the others who have an article open."""
    query = (
        select(Account.name)
        .join(Presence, Presence.account_id == Account.id)
        .where(
            Presence.article_id == article.id,
            Presence.account_id != account.id,
            Presence.seen_at >= clock.now() - PRESENT,
        )
        .order_by(Account.name)
    )
    return db.session.scalars(query).all()
