"""Authors in the search and in the sitemap: those of whom something is public."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from flask import current_app
from flask_babel import lazy_gettext as _l

from shop.blueprints.articles.authors import queries
from shop.blueprints.articles.authors.portraits import portrait_of
from shop.blueprints.articles.models import Article, Author
from shop.core import search
from shop.plugins.api import SearchDocument, SearchSource, Sitemap, made_of

NAME = "authors"


def keep_author(author: Author, *, besides: Article | None = None) -> None:
    """Put an author into the search as they are now, or take them out; `besides` is an article that is theirs no more.
    Inside a unit of work; doing so twice changes nothing."""
    if queries.is_published_author(author, besides=besides):
        search.index(NAME, _document(author))
    else:
        search.remove(NAME, str(author.id))


def author_path(slug: str) -> str:
    """Where an author's page is; needs no request."""
    return current_app.url_map.bind("").build("authors.show", {"slug": slug})


def _documents() -> Iterable[SearchDocument]:
    return map(_document, queries.published_authors())


def _document(author: Author) -> SearchDocument:
    return SearchDocument(
        key=str(author.id),
        title=author.name,
        summary=author.bio,
        body="",
        url=author_path(author.slug),
    )


def _addresses() -> Iterable[tuple[str, datetime]]:
    made_of("articles")
    for slug, newest in queries.author_addresses():
        yield author_path(slug), newest


def _portraits(keys: Sequence[str]) -> Mapping[str, str]:
    found = queries.authors_by_id([int(key) for key in keys])
    return {str(author.id): portrait_of(author).url for author in found}


SEARCH_SOURCE = SearchSource(
    NAME, _l("Author"), _documents, plural=_l("Authors"), pictures=_portraits
)
SITEMAP = Sitemap(NAME, _addresses)
