"""Who wants to hear by mail of replies to a comment."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.columns import BigId, UtcDateTime
from shop.core.secrets.secret_links import HasSecretLink
from shop.plugins.api import Model, moment


class WatchState(StrEnum):
    """Whether answers are mailed. *Pending*: the owner of the address has not confirmed yet."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    LEFT = "left"


class ReplyWatch(HasSecretLink, Model):
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
    asked_at: Mapped[moment]
    confirmation_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
