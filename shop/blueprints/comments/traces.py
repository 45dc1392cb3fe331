"""What is kept about readers beside their comments, and for how long.

Raw network addresses are kept nowhere: moderators mute a range by the keyed hash of a network, so nobody needs them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, delete
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.columns import BigId, UtcDateTime, moment
from shop.extensions import Model, db

MARK_FOR = timedelta(days=90)


class WatchState(StrEnum):
    """Whether answers are mailed. *Pending*: the owner of the address has not said so yet."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    LEFT = "left"


class ReplyWatch(Model):
    """The author of a comment wants what is answered in its thread by mail.

    `thread_id` is the comment that began the thread; `email` is lower case; `token` opens the page for leaving.
    """

    __tablename__ = "comment_reply_watch"
    __table_args__ = (
        Index("ix_comment_reply_watch_state_asked_at", "state", "asked_at"),
        Index("ix_comment_reply_watch_thread_id_state", "thread_id", "state"),
        CheckConstraint("state != 'confirmed' OR confirmed_at IS NOT NULL", name="confirmed_when"),
    )

    comment_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True
    )
    thread_id: Mapped[int] = mapped_column(BigId)
    email: Mapped[str] = mapped_column(String(320), index=True)
    state: Mapped[str] = mapped_column(String(10), default=WatchState.PENDING)
    token: Mapped[str] = mapped_column(String(40), unique=True)
    asked_at: Mapped[moment]
    confirmation_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class HelpfulMark(Model):
    """A reader found a comment helpful. `reader_key` is a keyed hash of the network address and this comment together,
    so that the marks of one reader can't be joined; after 90 days the count alone is left."""

    __tablename__ = "comment_helpful_mark"

    comment_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True
    )
    reader_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    marked_at: Mapped[moment] = mapped_column(index=True)


def forget() -> None:
    """Delete what has been kept for as long as it may be."""
    db.session.execute(delete(HelpfulMark).where(HelpfulMark.marked_at < clock.now() - MARK_FOR))
