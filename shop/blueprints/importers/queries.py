"""What came in before."""

from __future__ import annotations

from sqlalchemy import select

from shop.blueprints.articles.models import Article, Author
from shop.extensions import db


def article_brought_in(import_key: str) -> Article | None:
    """The article of an import key, removed or not."""
    return db.session.scalar(select(Article).where(Article.import_key == import_key))


def author_of_slug(slug: str) -> Author | None:
    """The author of a slug."""
    return db.session.scalar(select(Author).where(Author.slug == slug))
