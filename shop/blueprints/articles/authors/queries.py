"""What is asked about authors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select

from shop.blueprints.accounts.models import Account
from shop.blueprints.articles.models import (
    Article,
    ArticleKind,
    Author,
    AuthorAccount,
    FormerAuthor,
)
from shop.blueprints.articles.queries import is_public
from shop.core.errors import or_404
from shop.plugins.api import NotFound, db


def author_for(account: Account) -> Author | None:
    """The author as whom somebody writes, if there is one yet."""
    linked = AuthorAccount.author_id == Author.id
    query = select(Author).join(AuthorAccount, linked)
    return db.session.scalar(query.where(AuthorAccount.account_id == account.id))


def account_of_author(author: Author) -> Account | None:
    """Who writes as an author."""
    linked = AuthorAccount.account_id == Account.id
    query = select(Account).join(AuthorAccount, linked)
    return db.session.scalar(query.where(AuthorAccount.author_id == author.id))


def authors() -> list[Author]:
    """Everyone who writes, by name."""
    return list(db.session.scalars(select(Author).order_by(Author.name, Author.id)))


def authors_by_id(author_ids: Sequence[int]) -> Sequence[Author]:
    """Some authors, in no order."""
    return db.session.scalars(select(Author).where(Author.id.in_(author_ids))).all()


def author_or_404(author_id: int) -> Author:
    """An author.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Author, author_id))


def author_at(slug: str) -> Author:
    """The author of a slug, whether or not something of theirs is public.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.scalar(select(Author).where(Author.slug == slug)))


def published_authors() -> list[Author]:
    """Those of whom something is public, by name."""
    query = select(Author).where(_is_published()).order_by(Author.name, Author.id)
    return list(db.session.scalars(query))


def published_author_or_404(slug: str) -> Author:
    """The author at an address.

    Raises:
        NotFound: there is none, or nothing of theirs is public.
    """
    return or_404(db.session.scalar(select(Author).where(Author.slug == slug, _is_published())))


def has_page(author: Author) -> bool:
    """Whether something of an author is public: who has nothing has no page."""
    found = select(Author.id).where(Author.id == author.id, _is_published())
    return db.session.scalar(found) is not None


def author_moved_from(slug: str) -> Author:
    """The author who was at an address.

    Raises:
        NotFound: nobody was.
    """
    author = db.session.scalar(
        select(Author)
        .join(FormerAuthor, FormerAuthor.author_id == Author.id)
        .where(FormerAuthor.slug == slug, _is_published())
    )
    if author is None:
        raise NotFound
    return author


def is_published_author(author: Author, *, besides: Article | None = None) -> bool:
    """Whether something by an author is public; besides an article, when that is given."""
    query = select(Article.id).where(Article.author_id == author.id, _is_article(), is_public())
    if besides is not None and besides.id is not None:
        query = query.where(Article.id != besides.id)
    with db.session.no_autoflush:
        return db.session.scalar(query.limit(1)) is not None


def author_addresses() -> Iterable[tuple[str, datetime]]:
    """Slug of each author of whom something is public, and when the newest was published."""
    rows = db.session.execute(
        select(Author.slug, func.max(Article.published_at))
        .join(Article, Article.author_id == Author.id)
        .where(_is_article(), is_public())
        .group_by(Author.id, Author.slug)
        .order_by(Author.id)
    )
    return ((slug, newest) for slug, newest in rows if newest is not None)


def _is_published() -> ColumnElement[bool]:
    return exists().where(Article.author_id == Author.id, _is_article(), is_public())


def _is_article() -> ColumnElement[bool]:
    return Article.kind == ArticleKind.ARTICLE
