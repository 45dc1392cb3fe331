"""Links by which others read an article before it is public: secret, for some days, and taken back by one button."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from shop.blueprints.articles.models import Article
from shop.blueprints.articles.writing.models import SharedDraft
from shop.core import clock
from shop.plugins.api import NotFound, db

DAYS = (1, 7, 30)
"""For how many days a link may work."""


def share_draft(article: Article, *, days: int) -> SharedDraft:
    """Make a link; one from before stops working."""
    stop_sharing(article)
    shared = SharedDraft(article_id=article.id, expires_at=clock.now() + timedelta(days=days))
    db.session.add(shared)
    db.session.flush()
    return shared


def stop_sharing(article: Article) -> None:
    """Take the link back: it opens nothing any more."""
    db.session.execute(delete(SharedDraft).where(SharedDraft.article_id == article.id))


def shared_draft(article: Article) -> SharedDraft | None:
    """The link of an article that works now."""
    found = db.session.scalar(select(SharedDraft).filter_by(article_id=article.id))
    return found if found is not None and found.is_open else None


def draft_behind(token: str) -> SharedDraft:
    """What a link opens.

    Raises:
        NotFound: it was taken back, has expired or never was; or the article was deleted.
    """
    found = db.session.scalar(select(SharedDraft).where(SharedDraft.opened_by(token)))
    if found is None or not found.is_open or found.article.removed_at is not None:
        raise NotFound
    return found


def forget_expired_drafts() -> None:
    """Delete the links that have expired."""
    db.session.execute(delete(SharedDraft).where(SharedDraft.expires_at < clock.now()))
