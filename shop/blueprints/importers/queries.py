"""What came in before."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, select

from shop.blueprints.articles.models import Article, Author
from shop.blueprints.comments.export import json_file
from shop.blueprints.comments.models import Comment
from shop.blueprints.redirects.models import Redirect
from shop.plugins.api import db


def article_brought_in(import_key: str) -> Article | None:
    """The article of an import key, removed or not."""
    return db.session.scalar(select(Article).where(Article.import_key == import_key))


def articles_brought_in(import_keys: Sequence[str]) -> dict[str | None, Article]:
    """The articles of some import keys, removed or not, by their keys."""
    found = db.session.scalars(select(Article).where(Article.import_key.in_(import_keys)))
    return {each.import_key: each for each in found}


def articles_of_ids(ids: Sequence[int]) -> Sequence[Article]:
    """Articles by their ids, removed or not."""
    return db.session.scalars(select(Article).where(Article.id.in_(ids))).all()


def targets_of(sources: Sequence[str]) -> dict[str, str]:
    """Where redirects lead, by the old addresses among `sources` that have one."""
    if not sources:
        return {}
    rows = db.session.execute(
        select(Redirect.source, Redirect.target).where(Redirect.source.in_(set(sources)))
    )
    return {row.source: row.target for row in rows}


def author_of_slug(slug: str) -> Author | None:
    """The author of a slug."""
    return db.session.scalar(select(Author).where(Author.slug == slug))


def comment_known_as(key: str) -> Comment | None:
    """The comment of a key, whatever became of it: one that came in under it, or one of ours that it names."""
    found = db.session.scalar(select(Comment).where(Comment.import_key == key))
    number = json_file.id_here(key)
    if found is not None or number is None:
        return found
    ours = db.session.get(Comment, number)
    return ours if ours is not None and ours.import_key is None else None


def articles_to_match() -> Sequence[Row[int, str, str, str]]:
    """Id, kind, slug and title of every article and page, published or not; pages first."""
    return db.session.execute(
        select(Article.id, Article.kind, Article.slug, Article.title)
        .where(Article.removed_at.is_(None))
        .order_by(Article.kind.desc(), Article.id)
    ).all()
