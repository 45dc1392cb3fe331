"""What to read after an article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, literal, select, union_all

from shop.blueprints.articles.models import Article, ArticleKind, ArticleTag
from shop.blueprints.articles.queries import published
from shop.core import clock
from shop.core.pagination import beyond
from shop.extensions import db

RELATED = 3
_TAGS_ASKED = 3


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An article as a link."""

    id: int
    slug: str
    title: str
    summary: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What to read after an article: the ones before and after it in time, and some on the same subjects."""

    previous: Neighbour | None
    next: Neighbour | None
    related: tuple[Neighbour, ...]


def neighbours(article: Article) -> Neighbours:
    """What is around a public article, by one query that walks a few steps along indexes."""
    here = [article.published_at, article.id]
    keys = [Article.published_at, Article.id]
    listed = select(Article.id).where(*published(ArticleKind.ARTICLE))
    older = listed.where(beyond(keys, here, descending=True)).order_by(
        *(key.desc() for key in keys)
    )
    newer = listed.where(
        beyond(keys, here, descending=False), Article.published_at <= clock.now()
    ).order_by(*keys)
    parts = [_labelled("older", older.limit(1)), _labelled("newer", newer.limit(1))]
    for tag in article.tags[:_TAGS_ASKED]:
        newest = (
            select(ArticleTag.article_id.label("id"))
            .where(ArticleTag.tag_id == tag.id, ArticleTag.published_at <= clock.now())
            .where(ArticleTag.article_id != article.id)
            .order_by(ArticleTag.published_at.desc(), ArticleTag.article_id.desc())
        )
        parts.append(_labelled("related", newest.limit(RELATED + 2)))
    found = union_all(*parts).subquery()
    rows = db.session.execute(
        select(
            found.c.what,
            Article.id,
            Article.slug,
            Article.title,
            Article.summary,
            Article.published_at,
        ).join(Article, Article.id == found.c.id)
    ).all()
    by_label: dict[str, list[Neighbour]] = {"older": [], "newer": [], "related": []}
    for what, *columns in rows:
        by_label[what].append(Neighbour(*columns))
    previous, following = by_label["older"][:1], by_label["newer"][:1]
    taken = {each.id for each in (*previous, *following)}
    return Neighbours(
        previous=previous[0] if previous else None,
        next=following[0] if following else None,
        related=_closest([each for each in by_label["related"] if each.id not in taken]),
    )


def _labelled(what: str, query: Select[int]) -> Select[str, int]:
    part = query.subquery()
    return select(literal(what).label("what"), part.c.id)


def _closest(candidates: Sequence[Neighbour]) -> tuple[Neighbour, ...]:
    shared: dict[Neighbour, int] = {}
    for each in candidates:  # once for each subject in common
        shared[each] = shared.get(each, 0) + 1
    ranked = sorted(
        shared, key=lambda each: (shared[each], each.published_at, each.id), reverse=True
    )
    return tuple(ranked[:RELATED])
