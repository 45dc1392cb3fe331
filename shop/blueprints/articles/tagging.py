"""The subjects of articles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.articles.models import Article, ArticleTag, Tag
from shop.blueprints.articles.tags import findable
from shop.blueprints.articles.tags.queries import tags_moved_from
from shop.core import text
from shop.core.database import upsert
from shop.plugins.api import Refused, db

MOST_TAGS = 10
LONGEST_TAG = 80


def set_tags(article: Article, names: Sequence[str]) -> None:
    """Say what an article is about, the chief subject first; a name given twice counts once.

    Raises:
        Refused: too many, too long, or a name that can't be an address.
    """
    wanted: dict[str, str] = {}
    for name in (text.clean_line(each) for each in names):
        slug = text.slugify(name)
        if name and not slug:
            raise Refused(
                _("“%(tag)s” can’t be part of a web address. Use letters and digits.", tag=name),
                field="tags",
            )
        if len(name) > LONGEST_TAG:
            raise Refused(_("Use at most 80 characters for a tag."), field="tags")
        if name:
            wanted.setdefault(slug, name)
    if len(wanted) > MOST_TAGS:
        raise Refused(_("Use at most ten tags."), field="tags")
    tags = _tags(wanted)
    gone = [link.tag for link in article.tag_links if link.tag not in tags]
    known = {link.tag_id: link for link in article.tag_links}
    article.tag_links = [known.get(tag.id) or ArticleTag(tag_id=tag.id, tag=tag) for tag in tags]
    for position, link in enumerate(article.tag_links):
        link.position = position
    if gone:
        db.session.flush()
        findable.keep_tags(gone)


def date_tags(article: Article) -> None:
    """Repeat the article's date on its tags while it is published, so that a tag finds its newest quickly."""
    shown = article.published_at if article.is_published and not article.is_page else None
    for link in article.tag_links:
        link.published_at = shown


def _tags(wanted: dict[str, str]) -> list[Tag]:
    """The tags of these names, made where there are none yet; for one that was merged or renamed, the one it became."""
    if not wanted:
        return []
    with db.session.no_autoflush:
        found = _there(wanted)
        missing = wanted.keys() - found.keys()
        if missing:
            found |= tags_moved_from(missing)
        if new := sorted(missing - found.keys()):
            # In one order for everyone, so that two editors never wait for each other's new tags.
            rows = [{"slug": slug, "name": wanted[slug], "description": ""} for slug in new]
            made = upsert(Tag).values(rows).on_conflict_do_nothing(index_elements=["slug"])
            db.session.execute(made)
            found |= _there(new)
    return list(dict.fromkeys(found[slug] for slug in wanted))


def _there(slugs: Iterable[str]) -> dict[str, Tag]:
    query = select(Tag).where(Tag.slug.in_(list(slugs)))
    return {tag.slug: tag for tag in db.session.scalars(query)}
