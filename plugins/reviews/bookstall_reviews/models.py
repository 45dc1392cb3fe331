"""The plugin's table."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shop.plugins.api import Model, Moderated, WrittenText, created, primary_key


def tag_of(product_id: int) -> str:
    """What every page with reviews of a product is made of: purge it, and they are made anew."""
    return f"reviews:{product_id}"


class Review(Moderated, Model):
    """What somebody says of a product.

    `author_key` is the same in everything that one person says of one product: a row each. Of somebody whose address
    was not confirmed it is made of the words too, so that nobody can write over another's review.
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
    written_at: Mapped[created]

    def tags(self) -> tuple[str, ...]:
        """What the pages that show it are made of."""
        return (tag_of(self.product_id),)

    def written(self) -> WrittenText:
        """What checks judge."""
        return WrittenText(body=self.body, author=self.author, email=self.email)
