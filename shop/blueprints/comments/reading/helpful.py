"""Readers say that a comment helped: one mark each, counted beside the comment so that showing it costs nothing.

The browser that made a mark keeps the beginning of its key (`cookie.marks`), so that it alone takes it back, from
whatever address it comes then.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, update

from shop.blueprints.comments.models import Comment
from shop.blueprints.comments.places import forget_pages
from shop.blueprints.comments.reading.models import HelpfulMark
from shop.core import clock
from shop.core.database import upsert
from shop.core.secrets import tokens
from shop.plugins.api import db

MARK_FOR = timedelta(days=90)
SHORT_KEY = 12


def reader_key(comment_id: int, address: str) -> str:
    """What one IP address is known by at one comment; at the next it is another."""
    return tokens.fingerprint(f"comments.helpful:{comment_id}", address)


def mark_helpful(comment: Comment, key: str) -> bool:
    """Count a reader's mark; False when one from the same address was counted before."""
    made = db.session.scalar(
        upsert(HelpfulMark)
        .values(comment_id=comment.id, reader_key=key, marked_at=clock.now())
        .on_conflict_do_nothing()
        .returning(HelpfulMark.comment_id)
    )
    if made is None:
        return False
    _count(comment, 1)
    return True


def unmark_helpful(comment: Comment, key: str) -> bool:
    """Count a reader's mark no longer; False when there is none. `key` is the beginning of the mark's key."""
    mine = HelpfulMark.reader_key.startswith(key, autoescape=True)
    gone = db.session.scalar(
        delete(HelpfulMark)
        .where(HelpfulMark.comment_id == comment.id, mine)
        .returning(HelpfulMark.comment_id)
    )
    if gone is None:
        return False
    _count(comment, -1)
    return True


def forget_old_marks() -> None:
    """Delete marks as old as they may get; the count beside the comment stays."""
    db.session.execute(delete(HelpfulMark).where(HelpfulMark.marked_at < clock.now() - MARK_FOR))


def _count(comment: Comment, change: int) -> None:
    db.session.execute(
        update(Comment).where(Comment.id == comment.id).values(helpful=Comment.helpful + change)
    )
    forget_pages(comment.article_id)
