"""Marks of readers on comments."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.columns import BigId
from shop.plugins.api import Model, moment


class HelpfulMark(Model):
    """A reader found a comment helpful. `reader_key` is a keyed hash of the IP address and this comment together, so
    that the marks of one reader can't be joined; after 90 days the count alone is left."""

    __tablename__ = "comment_helpful_mark"

    comment_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True
    )
    reader_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    marked_at: Mapped[moment] = mapped_column(index=True)
