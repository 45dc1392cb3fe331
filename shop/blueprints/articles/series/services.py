"""What happens to series."""

from __future__ import annotations

import secrets

from flask_babel import gettext as _
from sqlalchemy import delete, select

from shop.blueprints.articles.models import SLUG_LENGTH, Article
from shop.blueprints.articles.series import queries
from shop.blueprints.articles.series.models import Series, SeriesPart
from shop.core import text
from shop.plugins.api import Refused, db, purge

DESCRIPTION_LENGTH = 1000
MOST_PARTS = 200


def write_series(*, title: str, description: str = "", slug: str = "") -> Series:
    """Begin a series. Its address is made of the title and stays."""
    slug = text.slugify(slug or title, max_length=SLUG_LENGTH - 10) or "series"
    if db.session.scalar(select(Series.id).where(Series.slug == slug)) is not None:
        slug = f"{slug}-{secrets.token_hex(4)}"
    series = Series(slug=slug, title=text.clean_line(title), description=description)
    db.session.add(series)
    db.session.flush()
    return series


def save_series(series: Series, *, title: str, description: str) -> None:
    """Change what is said of a series."""
    series.title, series.description = text.clean_line(title), text.clean_block(description)
    _tell()


def add_part(series: Series, article: Article) -> None:
    """Put an article at the end of a series. Doing so twice changes nothing.

    Raises:
        Refused: it is a part of another series, or there are too many.
    """
    known = db.session.get(SeriesPart, article.id)
    if known is not None:
        if known.series_id == series.id:
            return
        raise Refused(_("This article is part of another series."), field="article")
    places = db.session.scalars(
        select(SeriesPart.position).where(SeriesPart.series_id == series.id)
    ).all()
    if len(places) >= MOST_PARTS:
        raise Refused(_("Use at most %(number)d parts.", number=MOST_PARTS), field="article")
    place = max(places, default=-1) + 1
    db.session.add(SeriesPart(article_id=article.id, series_id=series.id, position=place))
    _tell()


def move_part(series: Series, article_id: int, *, by: int) -> None:
    """Move a part so many places towards the end, or with a negative number towards the beginning."""
    order = [article.id for article in queries.parts_in_order(series)]
    if article_id not in order:
        return
    place = max(0, min(len(order) - 1, order.index(article_id) + by))
    order.remove(article_id)
    order.insert(place, article_id)
    parts = select(SeriesPart).where(SeriesPart.series_id == series.id)
    for part in db.session.scalars(parts):
        part.position = order.index(part.article_id)
    _tell()


def take_part_out(series: Series, article_id: int) -> None:
    """Take an article out of a series; the article itself stays."""
    db.session.execute(
        delete(SeriesPart).where(
            SeriesPart.series_id == series.id, SeriesPart.article_id == article_id
        )
    )
    _tell()


def remove_series(series: Series) -> None:
    """Delete a series; its articles stay."""
    db.session.delete(series)
    _tell()


def _tell() -> None:
    db.session.flush()
    purge(queries.TAG, "articles")
