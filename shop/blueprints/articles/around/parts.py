"""The parts of an article's page that are made of other articles: what each is made from, and what it is kept until.

Each is worked out from the values in its key and from what stands behind its tags, by one statement. It is worked out
again when one of the tags is purged, and when a scheduled article appears.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from shop.blueprints.articles import translations
from shop.blueprints.articles.around.neighbours import Neighbours, neighbours
from shop.blueprints.articles.around.schedule import last_appeared
from shop.blueprints.articles.models import Article
from shop.blueprints.articles.queries import LINKS_TAG
from shop.blueprints.articles.series.queries import TAG as SERIES_TAG
from shop.blueprints.articles.series.queries import PlaceInSeries, place_of
from shop.blueprints.articles.translations import InLanguage
from shop.core.pages.shared_work import shared_work
from shop.plugins.api import made_of

T = TypeVar("T")


def neighbours_of(article: Article) -> Neighbours:
    """What to read after a public article."""
    tags = tuple(tag.id for tag in article.tags)
    key = (
        "neighbours",
        article.id,
        article.published_at,
        article.author_id,
        article.language,
        tags,
    )
    return _kept(key, lambda: neighbours(article))


def place_in_series(article: Article) -> PlaceInSeries | None:
    """Where a public article is in its series."""
    return _kept(("series", article.id), lambda: place_of(article), SERIES_TAG)


def languages_of(article: Article) -> tuple[InLanguage, ...]:
    """A public article and its translations."""
    key = ("languages", article.id, article.translation_of_id, article.has_translations)
    return _kept(key, lambda: tuple(translations.in_languages(article)), "settings")


def _kept(key: tuple[Hashable, ...], ask: Callable[[], T], *tags: str) -> T:
    def make() -> T:
        made_of(LINKS_TAG, *tags)
        return ask()

    return shared_work(("articles.around", *key, last_appeared()), make)
