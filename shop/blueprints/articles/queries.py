"""What readers ask of the magazine. Everything here is public, unless its name says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all
from sqlalchemy.orm import defer, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from shop.blueprints.articles.models import (
    Article,
    ArticleKind,
    ArticleState,
    ArticleTag,
    FormerSlug,
    Menu,
    Tag,
)
from shop.core import clock
from shop.core.errors import Gone, NotFound
from shop.core.pagination import Page, beyond, decode_cursor
from shop.core.remembered import remembered
from shop.extensions import db

PAGE_SIZE = 20
RELATED = 3
_TAGS_ASKED = 3
MENU_TAG = "menu:pages"


def is_public() -> ColumnElement[bool]:
    """That a stranger may read the article, as a condition."""
    return (
        (Article.state == ArticleState.PUBLISHED)
        & (Article.published_at <= clock.now())
        & Article.removed_at.is_(None)
    )


def article_by_id(article_id: int) -> Article | None:
    """An article or page in whatever state, or None."""
    return db.session.get(Article, article_id)


def article_of_slug(slug: str, kind: ArticleKind = ArticleKind.ARTICLE) -> Article | None:
    """An article in whatever state, whole: with author and tags, by one query."""
    return (
        db.session.scalars(
            select(Article)
            .where(Article.kind == kind, Article.slug == slug)
            .options(
                joinedload(Article.author),
                joinedload(Article.tag_links).joinedload(ArticleTag.tag),
            )
        )
        .unique()
        .one_or_none()
    )


def published_article_or_404(slug: str, kind: ArticleKind = ArticleKind.ARTICLE) -> Article:
    """The public article at an address.

    Raises:
        NotFound: there is none, or it is not public.
        Gone: it was public and has been removed.
    """
    article = article_of_slug(slug, kind)
    if article is None:
        raise NotFound
    if article.removed_at is not None and article.was_public:
        raise Gone
    if not article.is_public:
        raise NotFound
    return article


def slug_now(former: str, kind: ArticleKind = ArticleKind.ARTICLE) -> str | None:
    """The address to which a public article has moved from a former one, or None.

    Raises:
        Gone: it was public there and has been removed.
    """
    article = db.session.scalar(
        select(Article)
        .join(FormerSlug, FormerSlug.article_id == Article.id)
        .where(FormerSlug.kind == kind, FormerSlug.slug == former)
        .options(defer(Article.body))
    )
    if article is None:
        return None
    if article.removed_at is not None and article.was_public:
        raise Gone
    return article.slug if article.is_public else None


def latest(limit: int) -> list[Article]:
    """The newest articles, without their bodies."""
    return list(db.session.scalars(_newest_first().options(*_as_cards()).limit(limit)))


def articles(after: str | None = None, limit: int = PAGE_SIZE) -> Page[Article]:
    """All articles, newest first, without their bodies.

    Raises:
        NotFound: `after` is no cursor of ours.
    """
    query = _newest_first().options(*_as_cards())
    if after:
        cursor = decode_cursor(after, [datetime, int])
        query = query.where(beyond([Article.published_at, Article.id], cursor, descending=True))
    rows = db.session.scalars(query.limit(limit + 1)).all()
    return Page.of(rows, limit, lambda article: [article.published_at, article.id])


def tag_or_404(slug: str) -> Tag:
    """A subject.

    Raises:
        NotFound: nothing was ever written about it.
    """
    tag = db.session.scalar(select(Tag).where(Tag.slug == slug))
    if tag is None:
        raise NotFound
    return tag


def tagged(tag: Tag, after: str | None = None, limit: int = PAGE_SIZE) -> Page[Article]:
    """The articles of a subject, newest first, without their bodies.

    Raises:
        NotFound: `after` is no cursor of ours.
    """
    query = (
        select(Article)
        .join(ArticleTag, ArticleTag.article_id == Article.id)
        .where(ArticleTag.tag_id == tag.id, ArticleTag.published_at <= clock.now())
        .order_by(ArticleTag.published_at.desc(), ArticleTag.article_id.desc())
        .options(*_as_cards())
    )
    if after:
        cursor = decode_cursor(after, [datetime, int])
        columns = [ArticleTag.published_at, ArticleTag.article_id]
        query = query.where(beyond(columns, cursor, descending=True))
    rows = db.session.scalars(query.limit(limit + 1)).all()
    return Page.of(rows, limit, lambda article: [article.published_at, article.id])


def _newest_first() -> Select[Article]:
    return (
        select(Article)
        .where(Article.kind == ArticleKind.ARTICLE, is_public())
        .order_by(Article.published_at.desc(), Article.id.desc())
    )


def _as_cards() -> tuple[ExecutableOption, ...]:
    return (
        defer(Article.body),
        joinedload(Article.author),
        selectinload(Article.tag_links).joinedload(ArticleTag.tag),
    )


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
    """What stands around a public article, by one query that walks a few steps along indexes."""
    here = [article.published_at, article.id]
    keys = [Article.published_at, Article.id]
    listed = select(Article.id).where(Article.kind == ArticleKind.ARTICLE, is_public())
    older = listed.where(beyond(keys, here, descending=True)).order_by(
        *(key.desc() for key in keys)
    )
    newer = listed.where(beyond(keys, here, descending=False)).order_by(*keys)
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


@dataclass(frozen=True, slots=True)
class MenuPage:
    """A page that stands in a menu."""

    slug: str
    title: str
    menu: str
    order: int


def menu_pages() -> tuple[MenuPage, ...]:
    """The pages in the menus: no query, unless one changed since this process last looked."""
    return remembered(MENU_TAG, _menu_pages, otherwise=())


def _menu_pages() -> tuple[MenuPage, ...]:
    rows = db.session.execute(
        select(Article.slug, Article.title, Article.menu, Article.menu_order).where(
            Article.kind == ArticleKind.PAGE, Article.menu != Menu.NONE, is_public()
        )
    )
    return tuple(MenuPage(*row) for row in rows)


def addresses(kind: ArticleKind) -> Iterable[tuple[str, datetime]]:
    """Slug and last change of everything public of a kind, newest first."""
    rows = db.session.execute(
        select(Article.slug, Article.updated_at, Article.published_at)
        .where(Article.kind == kind, is_public())
        .order_by(Article.published_at.desc(), Article.id.desc())
        .execution_options(yield_per=1000)
    )
    for slug, updated_at, published_at in rows:
        yield slug, max(updated_at, published_at or updated_at)


def newest_whole(limit: int) -> list[Article]:
    """The newest articles with their bodies, for the feeds."""
    whole = (
        joinedload(Article.author),
        selectinload(Article.tag_links).joinedload(ArticleTag.tag),
    )
    return list(db.session.scalars(_newest_first().options(*whole).limit(limit)))


def all_public(kind: ArticleKind) -> Iterable[Article]:
    """Everything public of a kind with its body, a few at a time: for building an index anew."""
    return db.session.scalars(
        select(Article)
        .where(Article.kind == kind, is_public())
        .order_by(Article.id)
        .execution_options(yield_per=200)
    )


def subjects(limit: int = 12) -> list[Tag]:
    """The subjects with something public, the one last written about first."""
    newest = (
        select(func.max(ArticleTag.published_at))
        .where(ArticleTag.tag_id == Tag.id, ArticleTag.published_at <= clock.now())
        .correlate(Tag)
        .scalar_subquery()
    )
    return list(
        db.session.scalars(
            select(Tag).where(newest.is_not(None)).order_by(newest.desc(), Tag.id).limit(limit)
        )
    )
