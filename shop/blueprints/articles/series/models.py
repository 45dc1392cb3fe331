"""Series and their parts."""

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shop.blueprints.articles.models import SLUG_LENGTH, TITLE_LENGTH
from shop.core.database.columns import BigId
from shop.plugins.api import Model, created, primary_key


class Series(Model):
    """Articles in an order."""

    __tablename__ = "article_series"

    id: Mapped[primary_key]
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    description: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[created]


class SeriesPart(Model):
    """An article as a part of a series. `position` is its place; there may be gaps between places."""

    __tablename__ = "article_series_part"
    __table_args__ = (Index("ix_article_series_part_order", "series_id", "position"),)

    article_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    series_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("article_series.id", ondelete="CASCADE")
    )
    position: Mapped[int]
