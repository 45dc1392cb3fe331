"""What is asked about series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, exists, func, select
from sqlalchemy.orm import defer, joinedload, selectinload

from shop.blueprints.articles.models import Article, ArticleKind, ArticleState, ArticleTag
from shop.blueprints.articles.queries import is_public
from shop.blueprints.articles.series.models import Series, SeriesPart
from shop.core import clock
from shop.core.changes.remembered import remembered
from shop.core.database import read_rows
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.errors import or_404
from shop.plugins.api import db

TAG = "articles:series"
"""What changes which article belongs to which series."""
OFFERED = 100


@dataclass(frozen=True, slots=True)
class Part:
    """A public part as a link."""

    article_id: int
    slug: str
    title: str


@dataclass(frozen=True, slots=True)
class PlaceInSeries:
    """Where an article is in its series: `number` counts from 1, among the `parts` that are public."""

    slug: str
    title: str
    number: int
    parts: tuple[Part, ...]

    @property
    def previous(self) -> Part | None:
        """The part before it."""
        return self.parts[self.number - 2] if self.number > 1 else None

    @property
    def next(self) -> Part | None:
        """The part after it."""
        return self.parts[self.number] if self.number < len(self.parts) else None


def place_of(article: Article) -> PlaceInSeries | None:
    """Where a public article is in its series. One that is in none costs no query."""
    none: Mapping[int, int] = {}
    series_id = remembered(TAG, _memberships, otherwise=none).get(article.id)
    if series_id is None:
        return None
    rows = read_rows(_public_links(), {"series_id": series_id, "now": clock.now()})
    parts = tuple(Part(*row[2:]) for row in rows)
    number = next((n for n, part in enumerate(parts, start=1) if part.article_id == article.id), 0)
    return PlaceInSeries(rows[0][0], rows[0][1], number, parts) if number else None


@cache
def _public_links() -> Select[*tuple[Any, ...]]:
    """Title and address of a series beside those of each public part."""
    return (
        select(Series.slug, Series.title, Article.id, Article.slug, Article.title)
        .join(SeriesPart, SeriesPart.series_id == Series.id)
        .join(Article, Article.id == SeriesPart.article_id)
        .where(
            Series.id == bindparam("series_id", type_=BigId),
            Article.state == ArticleState.PUBLISHED,
            Article.removed_at.is_(None),
            Article.published_at <= bindparam("now", type_=UtcDateTime),
        )
        .order_by(SeriesPart.position, SeriesPart.article_id)
    )


def _memberships() -> Mapping[int, int]:
    rows = db.session.execute(select(SeriesPart.article_id, SeriesPart.series_id))
    return {row.article_id: row.series_id for row in rows}


def public_series() -> list[Row[Series, int]]:
    """Series with something public, the last begun first, each with the number of its public parts."""
    rows = db.session.execute(
        select(Series, func.count(Article.id))
        .join(SeriesPart, SeriesPart.series_id == Series.id)
        .join(Article, Article.id == SeriesPart.article_id)
        .where(is_public())
        .group_by(Series.id)
        .order_by(Series.id.desc())
    )
    return list(rows.all())


def public_series_or_404(slug: str) -> Series:
    """The series at an address.

    Raises:
        NotFound: there is none, or none of its parts is public.
    """
    parts = exists().where(
        SeriesPart.series_id == Series.id, SeriesPart.article_id == Article.id, is_public()
    )
    return or_404(db.session.scalar(select(Series).where(Series.slug == slug, parts)))


def public_parts(series: Series) -> Sequence[Article]:
    """The public parts in their order, without their bodies."""
    return db.session.scalars(
        select(Article)
        .join(SeriesPart, SeriesPart.article_id == Article.id)
        .where(SeriesPart.series_id == series.id, is_public())
        .order_by(SeriesPart.position, SeriesPart.article_id)
        .options(
            defer(Article.body),
            joinedload(Article.author),
            joinedload(Article.cover),
            selectinload(Article.tag_links).joinedload(ArticleTag.tag),
        )
    ).all()


def series_addresses() -> Iterable[tuple[str, datetime]]:
    """Slug of each series with something public, and when its newest part was published."""
    rows = db.session.execute(
        select(Series.slug, func.max(Article.published_at))
        .join(SeriesPart, SeriesPart.series_id == Series.id)
        .join(Article, Article.id == SeriesPart.article_id)
        .where(is_public())
        .group_by(Series.id, Series.slug)
        .order_by(Series.id)
    )
    return ((slug, newest) for slug, newest in rows if newest is not None)


def all_series() -> Sequence[Row[Series, int]]:
    """Every series by title, with the number of its parts, public or not."""
    return db.session.execute(
        select(Series, func.count(SeriesPart.article_id))
        .outerjoin(SeriesPart, SeriesPart.series_id == Series.id)
        .group_by(Series.id)
        .order_by(Series.title, Series.id)
    ).all()


def series_or_404(series_id: int) -> Series:
    """A series.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Series, series_id))


def parts_in_order(series: Series) -> Sequence[Article]:
    """All parts in their order, public or not, without their bodies."""
    return db.session.scalars(
        select(Article)
        .join(SeriesPart, SeriesPart.article_id == Article.id)
        .where(SeriesPart.series_id == series.id)
        .order_by(SeriesPart.position, SeriesPart.article_id)
        .options(defer(Article.body))
    ).all()


def articles_in_no_series() -> Sequence[Article]:
    """The articles last changed that are in no series, for choosing one."""
    return db.session.scalars(
        select(Article)
        .where(
            Article.kind == ArticleKind.ARTICLE,
            Article.removed_at.is_(None),
            ~exists().where(SeriesPart.article_id == Article.id),
        )
        .order_by(Article.updated_at.desc(), Article.id.desc())
        .limit(OFFERED)
        .options(defer(Article.body))
    ).all()


def article_meant(written: str) -> Article | None:
    """The article that somebody means by its web address, its slug or its title."""
    slug = written.rstrip("/").rpartition("/")[2]
    is_meant = (Article.slug == slug) | (func.lower(Article.title) == written.strip().lower())
    found = db.session.scalars(
        select(Article)
        .where(Article.kind == ArticleKind.ARTICLE, Article.removed_at.is_(None), is_meant)
        .order_by(Article.id)
        .options(defer(Article.body))
    ).all()
    return next((each for each in found if each.slug == slug), found[0] if found else None)
