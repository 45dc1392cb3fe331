"""Tags in the search and in the sitemap: those with something public."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask import current_app
from flask_babel import lazy_gettext as _l

from shop.blueprints.articles.models import Tag
from shop.blueprints.articles.tags import queries
from shop.core import search
from shop.plugins.api import SearchDocument, SearchSource, Sitemap, made_of

NAME = "tags"


def keep_tags(tags: Iterable[Tag]) -> None:
    """Put tags into the search as they are now, or take them out. Inside a unit of work; doing so twice changes
    nothing."""
    for tag in tags:
        if queries.is_public_tag(tag):
            search.index(NAME, _document(tag))
        else:
            forget_tag(tag)


def forget_tag(tag: Tag) -> None:
    """Take a tag out of the search. Inside a unit of work."""
    search.remove(NAME, str(tag.id))


def tag_path(slug: str) -> str:
    """Where the page of a tag is; needs no request."""
    return current_app.url_map.bind("").build("articles.tagged", {"tag": slug})


def _documents() -> Iterable[SearchDocument]:
    return map(_document, queries.public_tags())


def _document(tag: Tag) -> SearchDocument:
    return SearchDocument(
        key=str(tag.id), title=tag.name, summary=tag.description, body="", url=tag_path(tag.slug)
    )


def _addresses() -> Iterable[tuple[str, datetime]]:
    made_of("articles")
    for slug, newest in queries.tag_addresses():
        yield tag_path(slug), newest


SEARCH_SOURCE = SearchSource(NAME, _l("Tag"), _documents, plural=_l("Tags"))
SITEMAP = Sitemap(NAME, _addresses)
