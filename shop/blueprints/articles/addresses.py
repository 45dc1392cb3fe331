"""The addresses of articles: which are free, and what becomes of those left behind."""

from __future__ import annotations

import secrets

from flask_babel import gettext as _
from sqlalchemy import delete, select

from shop.blueprints.articles.models import SLUG_LENGTH, Article, FormerSlug
from shop.core import text
from shop.plugins.api import Refused, db

_ROOM_FOR_A_NUMBER = 10
_NUMBERS = 20


def choose(article: Article, wanted: str, *, may_vary: bool = False) -> str:
    """A free slug for a new article: the one wanted, or one made of the title.

    Raises:
        Refused: the one wanted is taken, and may not vary.
    """
    slug = text.slugify(wanted or article.title, max_length=SLUG_LENGTH - _ROOM_FOR_A_NUMBER)
    slug = slug or "untitled"
    if wanted and not may_vary:
        if _taken(article, [slug]):
            raise Refused(_("This web address is already in use."), field="slug")
        return slug
    if not _taken(article, [slug]):
        return slug
    candidates = [f"{slug}-{number}" for number in range(2, _NUMBERS)]
    taken = _taken(article, candidates)
    free = [candidate for candidate in candidates if candidate not in taken]
    return free[0] if free else f"{slug}-{secrets.token_hex(4)}"


def move(article: Article, wanted: str) -> None:
    """Give an article another slug, and leave a redirect at the old one.

    Raises:
        Refused: another article is there.
    """
    old, new = article.slug, choose(article, wanted or article.slug)
    if old == new:
        return
    db.session.execute(
        delete(FormerSlug).where(FormerSlug.kind == article.kind, FormerSlug.slug.in_([old, new]))
    )
    db.session.add(FormerSlug(kind=article.kind, slug=old, article_id=article.id))
    article.slug = new


def _taken(article: Article, slugs: list[str]) -> set[str]:
    query = select(Article.slug).where(Article.kind == article.kind, Article.slug.in_(slugs))
    if article.id is not None:
        query = query.where(Article.id != article.id)
    with db.session.no_autoflush:
        return set(db.session.scalars(query))
