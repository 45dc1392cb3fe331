"""The earlier texts of an article.

A revision is kept whenever somebody saves a changed title, summary or text, and with the first of them what was there
before. Of each article the newest are kept, and the very first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import defer, joinedload

from shop.blueprints.articles.models import Article
from shop.blueprints.articles.writing.models import Revision
from shop.plugins.api import NotFound, db

MOST_REVISIONS = 100
"""Of one article; the oldest but the first goes when there is one more."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of an article at one moment."""

    title: str
    excerpt: str
    body: str


def wording_of(source: Article | Revision) -> Wording:
    """The words of an article, or of a revision."""
    return Wording(source.title, source.excerpt, source.body)


def revision_of(article: Article) -> Revision:
    """The text of an article as it is stored now, to be kept when it changes. Not in the session."""
    return Revision(
        article_id=article.id,
        version=article.version,
        title=article.title,
        excerpt=article.excerpt,
        body=article.body,
        saved_at=article.updated_at,
        saved_by_id=article.changed_by_id,
    )


def keep_revision(before: Revision, article: Article) -> None:
    """Keep the text of an article that was changed, and the one before where it is not kept yet."""
    if wording_of(before) == wording_of(article):
        return
    kept = db.session.scalar(select(func.max(Revision.version)).filter_by(article_id=article.id))
    if kept is None:
        db.session.add(before)
    db.session.add(revision_of(article))
    db.session.flush()
    _thin_out(article)


def _thin_out(article: Article) -> None:
    of_article = Revision.article_id == article.id
    first = select(func.min(Revision.version)).where(of_article).scalar_subquery()
    newest = (
        select(Revision.version)
        .where(of_article)
        .order_by(Revision.version.desc())
        .limit(MOST_REVISIONS - 1)
    )
    oldest_kept = db.session.scalars(newest).all()[-1]
    too_old = Revision.version < oldest_kept
    db.session.execute(delete(Revision).where(of_article, too_old, Revision.version != first))


def revisions_of(article: Article) -> Sequence[Revision]:
    """The texts of an article, newest first, without their bodies."""
    query = (
        select(Revision)
        .where(Revision.article_id == article.id)
        .order_by(Revision.version.desc())
        .options(defer(Revision.body), joinedload(Revision.saved_by))
    )
    return db.session.scalars(query).all()


def revision_or_404(article: Article, version: int) -> Revision:
    """The text of an article in one of its versions.

    Raises:
        NotFound: there is none.
    """
    found = db.session.scalar(select(Revision).filter_by(article_id=article.id, version=version))
    if found is None:
        raise NotFound
    return found


def version_of_text(article: Article) -> int | None:
    """The version among the kept ones that has the present text; None where the text is not kept."""
    query = select(Revision).where(Revision.article_id == article.id)
    newest = db.session.scalar(query.order_by(Revision.version.desc()).limit(1))
    if newest is None or wording_of(newest) != wording_of(article):
        return None
    return newest.version


def revision_before(revision: Revision) -> Revision | None:
    """The text that a revision has changed; None where it is the first."""
    query = (
        select(Revision)
        .where(Revision.article_id == revision.article_id, Revision.version < revision.version)
        .order_by(Revision.version.desc())
    )
    return db.session.scalar(query.limit(1))
