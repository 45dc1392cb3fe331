"""Articles, pages and authors of an export."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.articles import services
from shop.blueprints.articles.authors import services as authors
from shop.blueprints.articles.models import (
    SLUG_LENGTH,
    Article,
    ArticleKind,
    ArticleState,
    Author,
    FormerAuthor,
    FormerSlug,
)
from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.keys import is_of_this_site
from shop.blueprints.importers import queries
from shop.blueprints.importers.bookstall import subjects
from shop.blueprints.importers.bookstall.library import with_numbers
from shop.blueprints.importers.bookstall.pictures import keep_pictures, with_keys
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.importers.row_guard import one_row
from shop.core.database import plain_rows
from shop.plugins.api import ArticleView, ImportReport, Refused, db, set_row_values
from shop.plugins.fields.custom_fields import bring_in_fields

_BY_SERVICE = ("slug", "title", "state", "kind")
_FOLDERS = {layout.ARTICLES: ArticleKind.ARTICLE, layout.PAGES: ArticleKind.PAGE}


def bring_in_articles(bundle: Bundle, report: ImportReport, numbers: Mapping[int, int]) -> None:
    """Store every article and page as it was, with its author, subjects and former addresses.

    `numbers` are those of the pictures of the library here, by their numbers there.
    """
    _bring_in_authors(bundle, report, numbers)
    subjects.bring_in_tags(bundle, report)
    kept = keep_pictures(bundle, report)

    def as_here(body: str) -> str:
        return with_numbers(with_keys(body, kept), numbers)

    originals: dict[int, str] = {}
    for name in bundle.in_order:
        folder = f"{name.partition('/')[0]}/"
        if folder in _FOLDERS and name.endswith(".md"):
            with one_row(report, name):
                _bring_in(_FOLDERS[folder], name, bundle, report, as_here, numbers, originals)
    for article_id, key in originals.items():
        with one_row(report, key, rows=0):
            _link(article_id, key)
    subjects.bring_in_series(bundle, report)


def _link(article_id: int, key: str) -> None:
    """Make an article the translation of another, which may have come in after it."""
    article, original = db.session.get(Article, article_id), queries.article_brought_in(key)
    if article is not None and original is not None and original is not article:
        article.translation_of_id = original.id
        original.has_translations = True


def _bring_in_authors(bundle: Bundle, report: ImportReport, numbers: Mapping[int, int]) -> None:
    if layout.AUTHORS not in bundle.names:
        return
    try:
        written = json.loads(bundle.text(layout.AUTHORS))
    except ValueError:
        written = None
    for said in written if isinstance(written, list) else ():
        with one_row(report, f"author {str(said)[:60]}"):
            known = queries.author_of_slug(_text(said, "slug"))
            if known is None:
                _write_author(said, numbers)
            report.accept(is_new=known is None)


def _write_author(said: dict[str, Any], numbers: Mapping[int, int]) -> None:
    author = Author(links=[])
    set_row_values(author, said, leaving_out=("links",))
    portrait = said.get("portrait")
    authors.save_author(
        author,
        links=_names(said, "links"),
        portrait_id=numbers.get(portrait) if isinstance(portrait, int) else None,
    )
    for slug in _names(said, "former"):
        if db.session.get(FormerAuthor, slug) is None:
            db.session.add(FormerAuthor(slug=slug[:SLUG_LENGTH], author_id=author.id))


def _bring_in(
    kind: ArticleKind,
    name: str,
    bundle: Bundle,
    report: ImportReport,
    as_here: Callable[[str], str],
    numbers: Mapping[int, int],
    originals: dict[int, str],
) -> None:
    said, body = layout.split_front_matter(bundle.text(name))
    key = _text(said, "key")
    if is_of_this_site("article", key, Article) or queries.article_brought_in(key) is not None:
        report.accept(is_new=False)
        return
    author, cover = said.get("author"), said.get("cover")
    article = services.write_article(
        kind=kind,
        import_key=key,
        title=_text(said, "title"),
        slug=_text(said, "slug"),
        body=as_here(body),
        excerpt=_text(said, "excerpt"),
        state=ArticleState(said.get("state", ArticleState.DRAFT)),
        published_at=plain_rows.moment_of(said.get("published_at")),
        tags=_names(said, "tags"),
        author=queries.author_of_slug(author) if isinstance(author, str) else None,
        cover_id=numbers.get(cover) if isinstance(cover, int) else None,
    )
    set_row_values(article, said, leaving_out=_BY_SERVICE)
    bring_in_fields(ArticleView, article.id, said.get("fields"))
    if isinstance(original := said.get("translation_of"), str):
        originals[article.id] = original
    for slug in _names(said, "former"):
        _keep_former(article, slug)
    if article.slug != said["slug"]:
        report.note(
            name, _("its web address was already in use; it is now %(slug)s", slug=article.slug)
        )
    report.accept(is_new=True)


def _keep_former(article: Article, slug: str) -> None:
    taken = select(FormerSlug.id).where(FormerSlug.kind == article.kind, FormerSlug.slug == slug)
    if db.session.scalar(taken) is None:
        db.session.add(FormerSlug(kind=article.kind, slug=slug[:120], article_id=article.id))


def _text(said: Any, name: str) -> str:
    value = said.get(name) if isinstance(said, dict) else None
    if not isinstance(value, str):
        raise Refused(_("it does not say its %(name)s", name=name))
    return value


def _names(said: dict[str, Any], name: str) -> list[str]:
    values = said.get(name)
    return [each for each in values if isinstance(each, str)] if isinstance(values, list) else []
