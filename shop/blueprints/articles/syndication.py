"""What the magazine hands to the feeds, the sitemap, the search and to plugins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from flask import Response, current_app
from flask_babel import lazy_gettext as _l

from shop.blueprints.articles import queries, sharing, translations
from shop.blueprints.articles.authors import findable as authors
from shop.blueprints.articles.bodies import Audience, readable
from shop.blueprints.articles.models import Article, ArticleKind
from shop.blueprints.articles.read_model import article_view
from shop.blueprints.articles.rendering import rendered_alone
from shop.blueprints.articles.series.queries import series_addresses
from shop.blueprints.articles.tags import findable as tags
from shop.core import markdown, search
from shop.core.site import site
from shop.core.web.application import path_for
from shop.core.web.feeds import atom, json_feed
from shop.core.web.feeds.atom import FeedHead
from shop.core.web.security import base_url
from shop.plugins.api import (
    ArticleText,
    ArticleView,
    FeedEntry,
    FeedSource,
    OutOfDate,
    ReadModel,
    SearchDocument,
    SearchSource,
    Sitemap,
    made_of,
)
from shop.plugins.api.events import ArticleChanged, ArticlePublished, ArticleRemoved
from shop.plugins.fields.custom_fields import words_to_search

IN_FEED = 20
"""Entries of the feed of an author or a subject."""
_SOURCE = {ArticleKind.ARTICLE: "articles", ArticleKind.PAGE: "pages"}
_Entry = tuple[str, datetime, dict[str, str]]
_ENDPOINT: dict[str, str] = {
    ArticleKind.ARTICLE: "articles.show",
    ArticleKind.PAGE: "articles.page",
}


def article_path(kind: ArticleKind | str, slug: str) -> str:
    """Where a public article is; needs no request."""
    return path_for(article_endpoint(kind), slug=slug)


def article_endpoint(kind: ArticleKind | str) -> str:
    """The endpoint of an article's or a page's address, which takes a `slug`."""
    return _ENDPOINT[kind]


def feed_entries(limit: int) -> Iterable[FeedEntry]:
    """The newest articles, whole."""
    return _feed_entries(queries.newest_whole(limit))


def _feed_entries(articles: Sequence[Article]) -> list[FeedEntry]:
    made_of("articles")
    first = queries.first_slugs([article.id for article in articles])
    return [feed_entry(article, first.get(article.id, article.slug)) for article in articles]


def feed_entry(article: Article, first_slug: str) -> FeedEntry:
    """An article as an entry of a feed. It is known by its first address, whatever becomes of it (RFC 4287, 4.2.6)."""
    published_at = article.published_at or article.updated_at
    return FeedEntry(
        id=base_url() + article_path(article.kind, first_slug),
        path=article_path(article.kind, article.slug),
        title=article.title,
        summary=article.summary,
        html=str(rendered_alone(article)),
        author=article.author.name if article.author else "",
        published_at=published_at,
        updated_at=max(published_at, article.updated_at),
        tags=tuple(tag.name for tag in article.tags),
        language=article.language if translations.differs(article) else "",
    )


def feed_answer(head: FeedHead, articles: Sequence[Article]) -> Response:
    """Articles, such as those of one author, as a feed of their own; as JSON Feed where its path ends in `.json`."""
    entries = _feed_entries(articles)
    if head.feed_path.endswith(".json"):
        written, media_type = json_feed.write_json_feed(head, entries), json_feed.MEDIA_TYPE
    else:
        written, media_type = atom.write_atom(head, entries), atom.MEDIA_TYPE
    return Response(written, content_type=media_type)


def _article_addresses() -> Iterable[_Entry]:
    made_of("articles")
    addresses = queries.article_addresses(ArticleKind.ARTICLE)
    yield from _entries(ArticleKind.ARTICLE, addresses)
    if addresses:
        newest = max(each.changed_at for each in addresses)
        yield "/", newest, {}
        yield "/articles/", newest, {}


def _page_addresses() -> Iterable[_Entry]:
    made_of(queries.MENU_TAG)
    yield from _entries(ArticleKind.PAGE, queries.article_addresses(ArticleKind.PAGE))


def _entries(kind: ArticleKind, addresses: Iterable[queries.Address]) -> list[_Entry]:
    """Entries of the sitemap; of what is translated, with the path in each language."""
    found: list[_Entry] = []
    together: dict[int, dict[str, str]] = {}
    for each in addresses:
        path = article_path(kind, each.slug)
        group: dict[str, str] = {}
        if each.original_id is not None:
            group = together.setdefault(each.original_id, group)
            group[each.language or site().language] = path
        found.append((path, each.changed_at, group))
    return found


def _series_addresses() -> Iterable[tuple[str, datetime]]:
    made_of("articles")
    addresses = current_app.url_map.bind("")
    for slug, newest in series_addresses():
        yield addresses.build("series.show", {"slug": slug}), newest


def _documents(kind: ArticleKind) -> Iterable[SearchDocument]:
    for article in queries.all_public(kind):
        yield _document(article, _text_to_search(article))


def _text_to_search(article: Article) -> str:
    return markdown.plain_text(readable(article, Audience.EVERYONE))


def _document(article: Article, text: str) -> SearchDocument:
    return SearchDocument(
        key=str(article.id),
        title=article.title,
        summary=article.summary,
        body=f"{text}\n{words_to_search(ArticleView, article.id)}".rstrip(),
        url=article_path(article.kind, article.slug),
    )


def _covers(keys: Sequence[str]) -> Mapping[str, str]:
    articles = queries.articles_with_covers([int(key) for key in keys])
    return {str(article.id): sharing.small_cover_url(article) for article in articles}


def _text_of(key: int | str) -> ArticleText | None:
    is_id = isinstance(key, int)
    article = queries.article_by_id(int(key)) if is_id else queries.article_of_slug(str(key))
    if article is None or not article.is_public:
        return None
    return ArticleText(article_view(article), rendered_alone(article))


def keep_found(event: ArticlePublished | ArticleChanged | ArticleRemoved) -> Callable[[], None]:
    """Put an article into the search index as it is now; doing so twice changes nothing.

    Its text is made before the transaction that writes it, because SQLite has one writer.
    """
    article = queries.article_by_id(event.article_id)
    if article is None or not article.is_public:
        return partial(_keep_found, event.article_id)
    text = _text_to_search(article)
    prepared = search.prepare_document(_SOURCE[ArticleKind(article.kind)], _document(article, text))
    return partial(_keep_found, article.id, article.version, text, prepared)


def _keep_found(
    article_id: int,
    version: int | None = None,
    text: str = "",
    prepared: search.PreparedDocument | None = None,
) -> None:
    """Write down where an article is found; `text` is that of a version, `prepared` what was made of it."""
    article = queries.article_by_id(article_id)
    if article is None:
        for each in _SOURCE.values():
            search.remove(each, str(article_id))
        return
    source = _SOURCE[ArticleKind(article.kind)]
    if article.is_public:
        if prepared is None or version != article.version:
            raise OutOfDate
        if prepared.document != _document(article, text):
            raise OutOfDate
        prepared.index()
    else:
        search.remove(source, str(article.id))
    if not article.is_page:
        tags.keep_tags(article.tags)
        if article.author is not None:
            authors.keep_author(article.author)


TEXT = ReadModel(ArticleText, _text_of)
FEED = FeedSource("articles", feed_entries)
SITEMAPS = (
    Sitemap("articles", _article_addresses),
    Sitemap("pages", _page_addresses),
    authors.SITEMAP,
    tags.SITEMAP,
    Sitemap("series", _series_addresses),
)
SEARCH_SOURCES = (
    SearchSource(
        "articles",
        _l("Article"),
        lambda: _documents(ArticleKind.ARTICLE),
        plural=_l("Articles"),
        pictures=_covers,
    ),
    SearchSource("pages", _l("Page"), lambda: _documents(ArticleKind.PAGE), plural=_l("Pages")),
    tags.SEARCH_SOURCE,
    authors.SEARCH_SOURCE,
)
