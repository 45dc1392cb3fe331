"""The plugin's table."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shop.plugins.api import Model, created, moment, primary_key

WAITING, PUBLISHED, REFUSED, SPAM = "waiting", "published", "refused", "spam"


class Review(Model):
    """What somebody says of a product.

    `author_key` is the same in everything that one person says of one product: a row each. Of somebody whose address
    was not confirmed it is made of the words too, so that nobody can write over another's review. `reasons` are what
    speaks against it, a line each. `version` grows with each change and each decision. `state_before` is where the
    last decision took it from; empty when there is nothing to undo.
    """

    __tablename__ = "plugin_reviews_review"
    __table_args__ = (
        Index("ix_plugin_reviews_review_shown", "product_id", "state", "id"),
        Index("ix_plugin_reviews_review_queue", "state", "id"),
    )

    id: Mapped[primary_key]
    product_id: Mapped[int] = mapped_column(BigInteger)
    author_key: Mapped[str] = mapped_column(String(64), unique=True)
    stars: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(254), index=True)
    has_bought: Mapped[bool]
    state: Mapped[str] = mapped_column(String(10))
    reasons: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=0)
    state_before: Mapped[str] = mapped_column(String(10), default="")
    written_at: Mapped[created]
    decided_at: Mapped[moment | None]
