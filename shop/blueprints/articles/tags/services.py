"""What editors do to tags."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from shop.blueprints.articles.models import SLUG_LENGTH, ArticleTag, FormerTag, Tag
from shop.blueprints.articles.queries import LINKS_TAG
from shop.blueprints.articles.tags import findable, queries
from shop.core import text
from shop.plugins.api import Refused, db, purge

DESCRIPTION_LENGTH = 600


def save_tag(tag: Tag, *, name: str, slug: str = "", description: str = "") -> None:
    """Rename and describe a tag. Under a new address, the old one leads to it; an empty `slug` keeps it.

    The address that its new name would have leads to it too: so writers who type the name get this tag.

    Raises:
        Refused: another tag is at this address, or the name can't be one.
    """
    name = text.clean_line(name)
    named = text.slugify(name)
    if not named or "," in name:
        raise Refused(_("Use letters and digits, and no comma."), field="name")
    tag.name, tag.description = name, text.clean_block(description)
    wanted = text.slugify(slug, max_length=SLUG_LENGTH)
    if wanted and wanted != tag.slug:
        _move(tag, wanted, field="slug")
    if named != tag.slug:
        _lead_from(named, tag, field="name")
    db.session.flush()
    findable.keep_tags([tag])
    purge("articles")


def merge_tags(tag: Tag, *, into: Tag) -> None:
    """Put one tag in the place of another on every article; the address of the one that goes leads to the other.

    Raises:
        Refused: both are the same.
    """
    if tag.id == into.id:
        raise Refused(_("Choose another tag."), field="into")
    db.session.flush()
    _put_in_place(tag, into)
    in_place = update(FormerTag).where(FormerTag.tag_id == tag.id).values(tag_id=into.id)
    db.session.execute(in_place)
    db.session.add(FormerTag(slug=tag.slug, tag_id=into.id))
    findable.forget_tag(tag)
    db.session.flush()
    db.session.execute(delete(Tag).where(Tag.id == tag.id))
    db.session.expire_all()
    findable.keep_tags([into])
    purge("articles", LINKS_TAG)


def remove_tag(tag: Tag) -> None:
    """Delete a tag that no article has.

    Raises:
        Refused: an article has it.
    """
    if queries.count_of_articles(tag):
        raise Refused(_("Articles have this tag. Merge it into another one instead."))
    findable.forget_tag(tag)
    db.session.delete(tag)
    purge("articles")


def _move(tag: Tag, slug: str, *, field: str) -> None:
    old = tag.slug
    _require_free(slug, tag, field)
    db.session.execute(delete(FormerTag).where(FormerTag.slug == slug))
    tag.slug = slug
    _lead_from(old, tag, field=field)


def _lead_from(slug: str, tag: Tag, *, field: str) -> None:
    _require_free(slug, tag, field)
    db.session.execute(delete(FormerTag).where(FormerTag.slug == slug))
    db.session.add(FormerTag(slug=slug, tag_id=tag.id))


def _require_free(slug: str, tag: Tag, field: str) -> None:
    with db.session.no_autoflush:
        other = db.session.scalar(select(Tag.id).where(Tag.slug == slug, Tag.id != tag.id))
    if other is not None:
        raise Refused(
            _("Another tag has this name or web address. You can merge the two."), field=field
        )


def _put_in_place(tag: Tag, into: Tag) -> None:
    """Where an article has both, one stays, at the place of the one that came first."""
    both = select(ArticleTag.article_id).where(ArticleTag.tag_id == into.id)
    places = db.session.execute(
        select(ArticleTag.article_id, ArticleTag.position).where(
            ArticleTag.tag_id == tag.id, ArticleTag.article_id.in_(both)
        )
    )
    for article_id, position in places.all():
        db.session.execute(
            update(ArticleTag)
            .where(ArticleTag.article_id == article_id, ArticleTag.tag_id == into.id)
            .where(ArticleTag.position > position)
            .values(position=position)
        )
        db.session.execute(
            delete(ArticleTag).where(
                ArticleTag.article_id == article_id, ArticleTag.tag_id == tag.id
            )
        )
    db.session.execute(update(ArticleTag).where(ArticleTag.tag_id == tag.id).values(tag_id=into.id))
