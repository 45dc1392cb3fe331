"""What to read after an article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, String, bindparam, literal, select, tuple_, union_all

from shop.blueprints.articles.models import Article, ArticleKind, ArticleTag
from shop.blueprints.articles.queries import published
from shop.core import clock
from shop.core.database import read_rows
from shop.core.database.columns import BigId, UtcDateTime

RELATED = 3
BY_AUTHOR = 3
_TAGS_ASKED = 3
_SPARE = 6
"""Further ones that are looked at, because some stand there already, or are in another language."""


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
    """What to read after an article: the ones before and after it in time, and in its language some on the same
    subjects, and some more by its author. None is named twice."""

    previous: Neighbour | None
    next: Neighbour | None
    related: tuple[Neighbour, ...]
    by_author: tuple[Neighbour, ...]


def neighbours(article: Article) -> Neighbours:
    """What is around a public article, by one query that walks a few steps along indexes."""
    tags = [tag.id for tag in article.tags[:_TAGS_ASKED]]
    rows = read_rows(
        _around(len(tags), has_author=article.author_id is not None),
        {
            "id": article.id,
            "author_id": article.author_id,
            "published_at": article.published_at,
            "language": article.language,
            "now": clock.now(),
            **{f"tag_{number}": tag_id for number, tag_id in enumerate(tags)},
        },
    )
    by_label: dict[str, list[Neighbour]] = {"older": [], "newer": [], "related": [], "author": []}
    for what, *columns in rows:
        by_label[what].append(Neighbour(*columns))
    previous, following = by_label["older"][:1], by_label["newer"][:1]
    taken = {each.id for each in (*previous, *following)}
    related = _closest([each for each in by_label["related"] if each.id not in taken])
    taken |= {each.id for each in related}
    return Neighbours(
        previous=previous[0] if previous else None,
        next=following[0] if following else None,
        related=related,
        by_author=tuple(each for each in by_label["author"] if each.id not in taken)[:BY_AUTHOR],
    )


@cache
def _around(tags: int, *, has_author: bool) -> Select[*tuple[Any, ...]]:
    here, now = bindparam("id", type_=BigId), bindparam("now", type_=UtcDateTime)
    position = tuple_(bindparam("published_at", type_=UtcDateTime), here)
    keys = [Article.published_at, Article.id]
    listed = select(Article.id).where(*published(ArticleKind.ARTICLE))
    older = listed.where(tuple_(*keys) < position).order_by(*(key.desc() for key in keys))
    newer = listed.where(tuple_(*keys) > position, Article.published_at <= now).order_by(*keys)
    parts = [_labelled("older", older.limit(1)), _labelled("newer", newer.limit(1))]
    for number in range(tags):
        newest = (
            select(ArticleTag.article_id.label("id"))
            .where(ArticleTag.tag_id == bindparam(f"tag_{number}", type_=BigId))
            .where(ArticleTag.published_at <= now, ArticleTag.article_id != here)
            .order_by(ArticleTag.published_at.desc(), ArticleTag.article_id.desc())
        )
        parts.append(_labelled("related", newest.limit(RELATED + _SPARE)))
    if has_author:
        theirs = listed.where(
            Article.author_id == bindparam("author_id", type_=BigId),
            Article.published_at <= now,
            Article.id != here,
        ).order_by(*(key.desc() for key in keys))
        parts.append(_labelled("author", theirs.limit(BY_AUTHOR + RELATED + _SPARE)))
    found = union_all(*parts).subquery()
    return (
        select(
            found.c.what,
            Article.id,
            Article.slug,
            Article.title,
            Article.summary,
            Article.published_at,
        )
        .join(Article, Article.id == found.c.id)
        .where(
            found.c.what.in_(("older", "newer"))
            | (Article.language == bindparam("language", type_=String))
        )
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
