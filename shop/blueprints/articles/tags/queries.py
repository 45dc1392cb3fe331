"""What is asked about tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, exists, func, select

from shop.blueprints.articles.models import ArticleTag, FormerTag, Tag
from shop.core import clock
from shop.core.errors import or_404
from shop.core.web.pagination import Page, beyond, decode_cursor
from shop.plugins.api import NotFound, db

PAGE_SIZE = 100


def tags_for_staff(search: str = "", after: str | None = None) -> Page[Row[Tag, int]]:
    """Tags by name, each with the number of its articles; `search` is a part of the name.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    count = func.count(ArticleTag.article_id)
    query = (
        select(Tag, count)
        .outerjoin(ArticleTag, ArticleTag.tag_id == Tag.id)
        .group_by(Tag.id)
        .order_by(Tag.name, Tag.id)
    )
    if search:
        query = query.where(Tag.name.icontains(search, autoescape=True))
    if after:
        query = query.where(
            beyond([Tag.name, Tag.id], decode_cursor(after, [str, int]), descending=False)
        )
    rows = db.session.execute(query.limit(PAGE_SIZE + 1)).all()
    return Page.of(rows, PAGE_SIZE, lambda row: [row[0].name, row[0].id])


def tag_by_id_or_404(tag_id: int) -> Tag:
    """A tag.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Tag, tag_id))


def tag_named(written: str, slug: str) -> Tag | None:
    """The tag that somebody means by its name or its web address."""
    found = db.session.scalars(
        select(Tag).where((Tag.slug == slug) | (func.lower(Tag.name) == written.lower()))
    ).all()
    return next((each for each in found if each.slug == slug), found[0] if found else None)


def other_names(tag: Tag) -> Sequence[str]:
    """The names of the other tags, for choosing one."""
    return db.session.scalars(select(Tag.name).where(Tag.id != tag.id).order_by(Tag.name)).all()


def tags_moved_from(slugs: Iterable[str]) -> dict[str, Tag]:
    """The tags that took the place of those at these addresses."""
    rows = db.session.execute(
        select(FormerTag.slug, Tag)
        .join(Tag, Tag.id == FormerTag.tag_id)
        .where(FormerTag.slug.in_(list(slugs)))
    )
    return {row.slug: row.Tag for row in rows}


def tag_moved_from(slug: str) -> Tag:
    """The tag that is now in place of one at an address.

    Raises:
        NotFound: none was there.
    """
    found = tags_moved_from([slug])
    if not found:
        raise NotFound
    return found[slug]


def count_of_articles(tag: Tag) -> int:
    """How many articles have a tag, published or not."""
    query = select(func.count()).select_from(ArticleTag).where(ArticleTag.tag_id == tag.id)
    return db.session.scalar(query) or 0


def public_tags() -> Sequence[Tag]:
    """Tags with something public."""
    return db.session.scalars(select(Tag).where(_is_public()).order_by(Tag.id)).all()


def is_public_tag(tag: Tag) -> bool:
    """Whether something about it is public."""
    query = select(Tag.id).where(Tag.id == tag.id, _is_public())
    return db.session.scalar(query) is not None


def tag_addresses() -> Iterable[tuple[str, datetime]]:
    """Slug of each tag with something public, and when the newest was published."""
    now = clock.now()
    rows = db.session.execute(
        select(Tag.slug, func.max(ArticleTag.published_at))
        .join(ArticleTag, ArticleTag.tag_id == Tag.id)
        .where(ArticleTag.published_at <= now)
        .group_by(Tag.id, Tag.slug)
        .order_by(Tag.id)
    )
    return ((slug, newest) for slug, newest in rows if newest is not None)


def _is_public() -> ColumnElement[bool]:
    return exists().where(ArticleTag.tag_id == Tag.id, ArticleTag.published_at <= clock.now())
