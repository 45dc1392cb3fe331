"""Articles as the lists show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from shop.blueprints.articles import sharing, translations
from shop.blueprints.articles.around.neighbours import Neighbour
from shop.blueprints.articles.models import Article
from shop.core.pictures.drawing import Drawn


@dataclass(frozen=True, slots=True)
class Card:
    """What the macro `article_card` draws; what is empty is left out.

    The cover is a `picture`, or drawn at `cover_url`. `language` is a tag, of what is in another than the site's.
    """

    title: str
    url: str
    summary: str
    published_at: datetime
    kicker: str = ""
    kicker_url: str = ""
    author_name: str = ""
    reading_minutes: int = 0
    picture: Drawn | None = None
    cover_url: str = ""
    language: str = ""


def cards(articles: Iterable[Article]) -> list[Card]:
    """The cards of public articles."""
    return [_card(article) for article in articles]


def _card(article: Article) -> Card:
    if article.published_at is None:
        raise ValueError("only what is published has a card")
    chief = article.tags[0] if article.tags else None
    picture = sharing.cover_picture(article, sharing.WIDEST_ON_CARD)
    return Card(
        title=article.title,
        url=url_for("articles.show", slug=article.slug),
        summary=article.summary,
        published_at=article.published_at,
        kicker=chief.name if chief else "",
        kicker_url=url_for("articles.tagged", tag=chief.slug) if chief else "",
        author_name=article.author.name if article.author else "",
        reading_minutes=article.reading_minutes,
        picture=picture,
        cover_url="" if picture else sharing.drawn_cover_url(article),
        language=article.language if translations.differs(article) else "",
    )


def neighbour_cards(neighbours: Iterable[Neighbour]) -> list[Card]:
    """The cards of what to read next."""
    return [
        Card(
            title=each.title,
            url=url_for("articles.show", slug=each.slug),
            summary=each.summary,
            published_at=each.published_at,
        )
        for each in neighbours
    ]
