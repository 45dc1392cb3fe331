"""Tags with their descriptions, and series with their parts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from shop.blueprints.articles.models import Article, FormerTag, Tag
from shop.blueprints.articles.series.models import Series, SeriesPart
from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.archive import Archive
from shop.blueprints.exporters.format.keys import key_of
from shop.plugins.api import db, row_values


def write_subjects(archive: Archive) -> None:
    """Write both lists."""
    archive.add_json(layout.TAGS, _tags())
    archive.add_json(layout.SERIES, _series())


def _tags() -> list[dict[str, Any]]:
    former: dict[int, list[str]] = {}
    for each in db.session.scalars(select(FormerTag).order_by(FormerTag.slug)):
        former.setdefault(each.tag_id, []).append(each.slug)
    found = db.session.scalars(select(Tag).order_by(Tag.slug))
    return [{**row_values(tag), "former": former.get(tag.id, [])} for tag in found]


def _series() -> list[dict[str, Any]]:
    parts: dict[int, list[str]] = {}
    found = db.session.execute(
        select(SeriesPart.series_id, Article.id, Article.import_key)
        .join(Article, Article.id == SeriesPart.article_id)
        .order_by(SeriesPart.position, SeriesPart.article_id)
    )
    for series_id, article_id, import_key in found:
        parts.setdefault(series_id, []).append(key_of("article", article_id, import_key))
    series = db.session.scalars(select(Series).order_by(Series.id))
    return [{**row_values(each), "parts": parts.get(each.id, [])} for each in series]
