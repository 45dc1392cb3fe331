"""What readers ask of the magazine. Everything here is public, unless its name says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    bindparam,
    case,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute, defer, joinedload, selectinload

from shop.blueprints.articles.models import (
    Article,
    ArticleKind,
    ArticleState,
    ArticleTag,
    Author,
    FormerSlug,
    Menu,
    Tag,
)
from shop.core import clock
from shop.core.changes.remembered import remembered
from shop.core.errors import or_404
from shop.core.web.pagination import MAX_INTEGER, Page, decode_cursor
from shop.plugins.api import Gone, NotFound, db

PAGE_SIZE = 20
MENU_TAG = "menu:pages"
LINKS_TAG = "articles:links"
"""What other pages show of articles: titles, addresses, subjects, authors, languages, and which are public when."""
SCHEDULE_TAG = "articles:schedule"
"""The moments at which articles appear that wait for their time."""


def is_public(at: BindParameter[datetime] | None = None) -> ColumnElement[bool]:
    """That a stranger may read the article, as a condition; `at` where a statement is made before anyone knows when."""
    return (
        (Article.state == ArticleState.PUBLISHED)
        & (Article.published_at <= (clock.now() if at is None else at))
        & Article.removed_at.is_(None)
    )


def article_by_id(article_id: int) -> Article | None:
    """An article or page in whatever state, or None."""
    return db.session.get(Article, article_id)


def article_of_slug(slug: str, kind: ArticleKind = ArticleKind.ARTICLE) -> Article | None:
    """An article in whatever state, whole: with author and tags, by one query."""
    found = db.session.scalars(_whole_article(), {"kind": kind, "slug": slug})
    return found.unique().one_or_none()


@cache
def _whole_article() -> Select[Article]:
    return (
        select(Article)
        .where(Article.kind == bindparam("kind"), Article.slug == bindparam("slug"))
        .options(
            joinedload(Article.author).joinedload(Author.portrait),
            joinedload(Article.cover),
            joinedload(Article.tag_links).joinedload(ArticleTag.tag),
        )
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


def first_slugs(article_ids: Sequence[int]) -> dict[int, str]:
    """The first address of each of these articles that has moved."""
    query = (
        select(FormerSlug.article_id, FormerSlug.slug)
        .where(FormerSlug.article_id.in_(article_ids))
        .order_by(FormerSlug.id.desc())
    )
    return {row.article_id: row.slug for row in db.session.execute(query)}  # the oldest last


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


def latest_articles(limit: int) -> list[Article]:
    """The newest articles, without their bodies."""
    return list(_listed(_as_cards(), _cursor(), limit))


def articles(after: str | None = None, limit: int = PAGE_SIZE) -> Page[Article]:
    """All articles, newest first, without their bodies.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    return _page(_as_cards(), after, limit)


def tag_or_404(slug: str) -> Tag:
    """A subject.

    Raises:
        NotFound: nothing was ever written about it.
    """
    return or_404(db.session.scalar(select(Tag).where(Tag.slug == slug)))


def tagged(tag: Tag, after: str | None = None, limit: int = PAGE_SIZE) -> Page[Article]:
    """The articles of a subject, newest first, without their bodies.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    return _page(_tagged_as_cards(), after, limit, tag_id=tag.id)


def written_by(author: Author, after: str | None = None, limit: int = PAGE_SIZE) -> Page[Article]:
    """The articles of an author, newest first, without their bodies.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    return _page(_by_author_as_cards(), after, limit, author_id=author.id)


def _page(query: Select[Article], after: str | None, limit: int, **given: int) -> Page[Article]:
    rows = _listed(query, _cursor(after), limit + 1, **given)
    return Page.of(rows, limit, lambda article: [article.published_at, article.id])


def _cursor(after: str | None = None) -> list[Any]:
    """Where a list goes on: never in the future, whatever the cursor says.

    So one bound does for both questions, and the database begins its walk right there.
    """
    now = clock.now()
    moment, last_id = decode_cursor(after, [datetime, int]) if after else (now, MAX_INTEGER)
    return [moment, last_id] if moment <= now else [now, MAX_INTEGER]


def _listed(
    query: Select[Article], cursor: list[Any], limit: int, **given: int
) -> Sequence[Article]:
    moment, last_id = cursor
    bounds = {"published_at": moment, "id": last_id, "limit": limit}
    return db.session.scalars(query, {**bounds, **given}).all()


@cache
def _all_newest_first() -> Select[Article]:
    query = select(Article).where(*published(ArticleKind.ARTICLE))
    return _newest_first(query, Article.published_at, Article.id)


@cache
def _as_cards() -> Select[Article]:
    return _all_newest_first().options(defer(Article.body))


@cache
def _tagged_newest_first() -> Select[Article]:
    query = (
        select(Article)
        .join(ArticleTag, ArticleTag.article_id == Article.id)
        .where(ArticleTag.tag_id == bindparam("tag_id"))
    )
    return _newest_first(query, ArticleTag.published_at, ArticleTag.article_id)


@cache
def _tagged_as_cards() -> Select[Article]:
    return _tagged_newest_first().options(defer(Article.body))


@cache
def _by_author_newest_first() -> Select[Article]:
    query = select(Article).where(
        Article.author_id == bindparam("author_id"), *published(ArticleKind.ARTICLE)
    )
    return _newest_first(query, Article.published_at, Article.id)


@cache
def _by_author_as_cards() -> Select[Article]:
    return _by_author_newest_first().options(defer(Article.body))


def _newest_first(query: Select[Article], *keys: InstrumentedAttribute[Any]) -> Select[Article]:
    last = (
        bindparam(name, type_=key.type)
        for name, key in zip(("published_at", "id"), keys, strict=True)
    )
    return (
        query.where(tuple_(*keys) < tuple_(*last))
        .order_by(*(key.desc() for key in keys))
        .options(
            joinedload(Article.author),
            joinedload(Article.cover),
            selectinload(Article.tag_links).joinedload(ArticleTag.tag),
        )
        .limit(bindparam("limit", type_=Integer))
    )


def published(kind: ArticleKind) -> tuple[ColumnElement[bool], ...]:
    """That something is public, now or later, as conditions: bound `published_at` beside them."""
    return (
        Article.kind == kind,
        Article.state == ArticleState.PUBLISHED,
        Article.removed_at.is_(None),
    )


@dataclass(frozen=True, slots=True)
class MenuPage:
    """A page that is in a menu."""

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


@dataclass(frozen=True, slots=True)
class Address:
    """Where something public is. `original_id` is that of the article it is a translation of, or its own; None where it
    is in one language only.
    """

    slug: str
    changed_at: datetime
    language: str
    original_id: int | None


def article_addresses(kind: ArticleKind) -> list[Address]:
    """Everything public of a kind, newest first."""
    rows = db.session.execute(
        select(
            Article.slug,
            Article.updated_at,
            Article.published_at,
            Article.language,
            func.coalesce(
                Article.translation_of_id, case((Article.has_translations, Article.id))
            ).label("original_id"),
        )
        .where(Article.kind == kind, is_public())
        .order_by(Article.published_at.desc(), Article.id.desc())
    )
    return [
        Address(row.slug, max(row.updated_at, row.published_at), row.language, row.original_id)
        for row in rows
    ]


def newest_whole(limit: int) -> Sequence[Article]:
    """The newest articles with their bodies, for the feeds."""
    return _listed(_all_newest_first(), _cursor(), limit)


def newest_whole_tagged(tag: Tag, limit: int) -> Sequence[Article]:
    """The newest articles of a subject with their bodies."""
    return _listed(_tagged_newest_first(), _cursor(), limit, tag_id=tag.id)


def newest_whole_by(author: Author, limit: int) -> Sequence[Article]:
    """The newest articles of an author with their bodies."""
    return _listed(_by_author_newest_first(), _cursor(), limit, author_id=author.id)


def all_public(kind: ArticleKind) -> Iterable[Article]:
    """Everything public of a kind with its body, a few at a time: for building an index again."""
    return db.session.scalars(
        select(Article)
        .where(Article.kind == kind, is_public())
        .order_by(Article.id)
        .execution_options(yield_per=200)
    )


def subjects(limit: int = 12) -> list[Tag]:
    """The subjects with something public, the one last written about first."""
    newest = _newest_of_tag()
    return list(
        db.session.scalars(
            select(Tag).where(newest.is_not(None)).order_by(newest.desc(), Tag.id).limit(limit)
        )
    )


def tags_with_page(tags: Iterable[Tag]) -> frozenset[str]:
    """The slugs of those tags about which something is public; the others have no page."""
    query = select(Tag.slug).where(
        Tag.slug.in_([tag.slug for tag in tags]), _newest_of_tag().is_not(None)
    )
    return frozenset(db.session.scalars(query))


def articles_with_covers(article_ids: Sequence[int]) -> Sequence[Article]:
    """Some public articles, without their bodies, with what their covers are drawn from."""
    query = select(Article).where(Article.id.in_(article_ids), is_public())
    return db.session.scalars(
        query.options(
            defer(Article.body),
            joinedload(Article.cover),
            selectinload(Article.tag_links).joinedload(ArticleTag.tag),
        )
    ).all()


def _newest_of_tag() -> ScalarSelect[datetime | None]:
    return (
        select(func.max(ArticleTag.published_at))
        .where(ArticleTag.tag_id == Tag.id, ArticleTag.published_at <= clock.now())
        .correlate(Tag)
        .scalar_subquery()
    )
