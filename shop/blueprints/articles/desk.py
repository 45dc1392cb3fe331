"""Articles as staff ask for them: drafts, scheduled ones, deleted ones too."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import defer, joinedload, selectinload

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import may
from shop.blueprints.articles.authors.queries import author_for
from shop.blueprints.articles.models import (
    Article,
    ArticleKind,
    ArticleState,
    ArticleTag,
    AuthorAccount,
)
from shop.blueprints.articles.queries import is_public
from shop.core import clock
from shop.core.web.pagination import Page, beyond, decode_cursor
from shop.plugins.api import NotFound, db

WRITE, WRITE_OWN = "articles.write", "articles.write_own"
PAGE_SIZE = 50


class Shelf(StrEnum):
    """Which articles a list shows."""

    ALL = "all"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLIC = "public"
    REMOVED = "removed"


def article_or_404(article_id: int, kind: ArticleKind) -> Article:
    """An article in whatever state.

    Raises:
        NotFound: there is none of this kind.
    """
    article = db.session.get(Article, article_id)
    if article is None or article.kind != kind:
        raise NotFound
    return article


def may_change(account: Account | None, article: Article) -> bool:
    """Whether somebody may see and change an article in whatever state: any one, or their own."""
    if may(account, WRITE):
        return True
    if account is None or article.author_id is None or not may(account, WRITE_OWN):
        return False
    return author_for(account) == article.author


def articles_for_staff(
    kind: ArticleKind,
    shelf: Shelf = Shelf.ALL,
    search: str = "",
    after: str | None = None,
    *,
    only_of: Account | None = None,
) -> Page[Article]:
    """Articles without their bodies, the last changed first; `search` is a part of the title. With `only_of`, those
    that this person wrote.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    query = (
        select(Article)
        .where(Article.kind == kind, *_on(shelf))
        .order_by(Article.updated_at.desc(), Article.id.desc())
        .options(
            defer(Article.body),
            joinedload(Article.author),
            selectinload(Article.tag_links).joinedload(ArticleTag.tag),
        )
    )
    if only_of is not None:
        own = AuthorAccount.author_id == Article.author_id
        query = query.join(AuthorAccount, own).where(AuthorAccount.account_id == only_of.id)
    if search:
        query = query.where(func.lower(Article.title).contains(search.lower(), autoescape=True))
    if after:
        cursor = decode_cursor(after, [datetime, int])
        query = query.where(beyond([Article.updated_at, Article.id], cursor, descending=True))
    rows = db.session.scalars(query.limit(PAGE_SIZE + 1)).all()
    return Page.of(rows, PAGE_SIZE, lambda article: [article.updated_at, article.id])


def unfinished(by: Account, limit: int) -> tuple[list[Article], list[Article]]:
    """What somebody may go on with: drafts, the last changed first, and what is scheduled, the next first; articles and
    pages, without their bodies.
    """
    query = select(Article).options(defer(Article.body), joinedload(Article.author)).limit(limit)
    if not may(by, WRITE):
        own = AuthorAccount.author_id == Article.author_id
        query = query.join(AuthorAccount, own).where(AuthorAccount.account_id == by.id)
    drafts = query.where(*_on(Shelf.DRAFT)).order_by(Article.updated_at.desc(), Article.id.desc())
    scheduled = query.where(*_on(Shelf.SCHEDULED)).order_by(Article.published_at, Article.id)
    return [*db.session.scalars(drafts)], [*db.session.scalars(scheduled)]


def originals(kind: ArticleKind, besides: Article | None = None) -> list[tuple[str, str]]:
    """Slug and title of what may have been translated, the last changed first: suggestions, not all there is."""
    query = select(Article.slug, Article.title).where(
        Article.kind == kind, Article.removed_at.is_(None), Article.translation_of_id.is_(None)
    )
    if besides is not None:
        query = query.where(Article.id != besides.id)
    rows = db.session.execute(query.order_by(Article.updated_at.desc()).limit(PAGE_SIZE))
    return [(row.slug, row.title) for row in rows]


def _on(shelf: Shelf) -> list[ColumnElement[bool]]:
    if shelf == Shelf.REMOVED:
        return [Article.removed_at.is_not(None)]
    kept = Article.removed_at.is_(None)
    if shelf == Shelf.DRAFT:
        return [kept, Article.state == ArticleState.DRAFT]
    if shelf == Shelf.SCHEDULED:
        published = Article.state == ArticleState.PUBLISHED
        return [kept, published, Article.published_at > clock.now()]
    if shelf == Shelf.PUBLIC:
        return [is_public()]
    return [kept]
