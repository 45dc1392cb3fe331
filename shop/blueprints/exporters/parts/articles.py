"""Articles and pages as Markdown with front matter, and who wrote them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop.blueprints.articles.models import Article, Author, FormerAuthor, FormerSlug
from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.archive import Archive
from shop.blueprints.exporters.format.keys import key_of
from shop.blueprints.exporters.parts import subjects
from shop.blueprints.exporters.parts.pictures import SHOWN, write_picture
from shop.plugins.api import ArticleView, db, row_values, rows_in_batches
from shop.plugins.fields.custom_fields import plain_fields

_BELOW = ("body", "kind", "summary", "reading_minutes", "has_translations")
"""What stands below the front matter, in the name of the folder, or follows from the rest."""


def write_articles(archive: Archive) -> int:
    """Write each article and each page as a file; how many there were."""
    archive.add_json(layout.AUTHORS, _authors())
    subjects.write_subjects(archive)
    former: dict[int, list[str]] = {}
    for slug, article_id in db.session.execute(select(FormerSlug.slug, FormerSlug.article_id)):
        former.setdefault(article_id, []).append(slug)
    count = 0
    query = select(Article).options(joinedload(Article.author))
    for article in rows_in_batches(query, Article.id):
        count += 1
        folder = layout.PAGES if article.is_page else layout.ARTICLES
        said = {
            "key": key_of("article", article.id, article.import_key),
            **row_values(article, leaving_out=_BELOW),
            "author": article.author.slug if article.author else None,
            "tags": [tag.name for tag in article.tags],
            "cover": article.cover_id,
            "translation_of": _original(article),
            "former": former.get(article.id, []),
            "fields": plain_fields(ArticleView, article.id),
        }
        for key in set(SHOWN.findall(article.body)):
            write_picture(archive, key)
        archive.add_text(f"{folder}{article.slug}.md", layout.with_front_matter(said, article.body))
    return count


def _authors() -> list[dict[str, Any]]:
    former: dict[int, list[str]] = {}
    for each in db.session.scalars(select(FormerAuthor).order_by(FormerAuthor.slug)):
        former.setdefault(each.author_id, []).append(each.slug)
    found = db.session.scalars(select(Author).order_by(Author.id))
    return [
        {
            **row_values(author),
            "portrait": author.portrait_id,
            "former": former.get(author.id, []),
        }
        for author in found
    ]


def _original(article: Article) -> str | None:
    if article.translation_of_id is None:
        return None
    original = db.session.get_one(Article, article.translation_of_id)
    return key_of("article", original.id, original.import_key)
