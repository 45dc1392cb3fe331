"""Tags and series of an export."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.articles.models import SLUG_LENGTH, Article, FormerTag, Tag
from shop.blueprints.articles.series import services as series
from shop.blueprints.articles.series.models import Series
from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.keys import is_of_this_site
from shop.blueprints.importers import queries
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.importers.row_guard import one_row
from shop.core import text
from shop.plugins.api import ImportReport, Refused, db, set_row_values


def bring_in_tags(bundle: Bundle, report: ImportReport) -> None:
    """Store every tag as it was, with its former addresses: before the articles, which name them."""
    for said in _list(bundle, layout.TAGS):
        with one_row(report, f"tag {str(said)[:60]}"):
            slug = _slug(said)
            known = db.session.scalar(select(Tag).where(Tag.slug == slug)) is not None
            if not known:
                tag = Tag()
                set_row_values(tag, said)
                db.session.add(tag)
                db.session.flush()
                _keep_former(tag, said)
            report.accept(is_new=not known)


def _keep_former(tag: Tag, said: dict[str, Any]) -> None:
    for slug in _texts(said, "former"):
        if db.session.get(FormerTag, slug) is None:
            db.session.add(FormerTag(slug=slug[:SLUG_LENGTH], tag_id=tag.id))


def bring_in_series(bundle: Bundle, report: ImportReport) -> None:
    """Store every series with its parts, after the articles."""
    for said in _list(bundle, layout.SERIES):
        with one_row(report, f"series {str(said)[:60]}"):
            slug = _slug(said)
            known = db.session.scalar(select(Series).where(Series.slug == slug)) is not None
            if not known:
                begun = series.write_series(title=str(said.get("title") or slug), slug=slug)
                set_row_values(begun, said)
                for key in _texts(said, "parts"):
                    article = _article_known_as(key)
                    if article is not None:
                        series.add_part(begun, article)
            report.accept(is_new=not known)


def _article_known_as(key: str) -> Article | None:
    if is_of_this_site("article", key, Article):
        return db.session.get(Article, int(key.rpartition(":")[2]))
    return queries.article_brought_in(key)


def _list(bundle: Bundle, name: str) -> list[Any]:
    """The entries of a list; none where an older version wrote the export, or where it can't be read."""
    if name not in bundle.names:
        return []
    try:
        written = json.loads(bundle.text(name))
    except ValueError:
        return []
    return written if isinstance(written, list) else []


def _slug(said: Any) -> str:
    slug = said.get("slug") if isinstance(said, dict) else None
    if not isinstance(slug, str) or not slug or text.slugify(slug, max_length=SLUG_LENGTH) != slug:
        raise Refused(_("it does not say its web address"))
    return slug


def _texts(said: dict[str, Any], name: str) -> list[str]:
    values = said.get(name)
    return [each for each in values if isinstance(each, str)] if isinstance(values, list) else []
