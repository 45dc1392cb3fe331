"""The covers of articles: the picture that was chosen, or one drawn from the title; and what networks show where an
article, or the site itself, is shared.
"""

from __future__ import annotations

from flask import url_for

from shop.blueprints.articles.models import Article
from shop.core.covers import initials, sharing
from shop.core.pictures import drawing
from shop.core.site import site
from shop.core.web import shared_pictures
from shop.core.web.security import base_url

WIDEST_IN_LIST, WIDEST_ON_CARD, WIDEST_AT_HEAD = 120, 420, 704
"""How many CSS pixels wide a cover is drawn at most."""


def cover_picture(article: Article, widest: int) -> drawing.Drawn | None:
    """The picture that was chosen as the cover of an article, if it can be shown."""
    return drawing.shown(article.cover, widest)


def drawn_cover_url(article: Article) -> str:
    """The address of the cover that is drawn for an article without a picture."""
    fingerprint = initials.initial_fingerprint(picture_of(article))
    return url_for("articles.cover", slug=article.slug, v=fingerprint)


def small_cover_url(article: Article) -> str:
    """The address of a small cover, for a line of a list: the picture that was chosen, or the drawn one."""
    if article.cover is None or not drawing.is_showable(article.cover):
        return drawn_cover_url(article)
    width = drawing.width_for(article.cover, WIDEST_IN_LIST)
    return drawing.picture_path(article.cover, width, "webp")


def picture_of(article: Article) -> sharing.SharedPicture:
    """The picture of an article: its title, between its subject and the name of the site."""
    subject = article.tags[0].name if article.tags else ""
    return sharing.of_words(article.title, subject, site().name, article.slug)


def picture_url(article: Article) -> str:
    """The whole address of what networks show of an article: its cover, or a picture drawn from its title."""
    return _cover_url(article) or shared_pictures.picture_address(
        "articles.shared", picture_of(article), slug=article.slug
    )


def picture_url_of_page(page: Article) -> str:
    """The whole address of what networks show of a standing page: its cover, or the site's picture."""
    return _cover_url(page) or picture_url_of_site()


def _cover_url(article: Article) -> str:
    """The whole address of the picture that was chosen; empty where none can be shown."""
    if article.cover is None or not drawing.is_showable(article.cover):
        return ""
    width = drawing.width_for(article.cover, sharing.WIDTH)
    return base_url() + drawing.picture_path(article.cover, width, "webp")


def picture_of_site() -> sharing.SharedPicture:
    """The picture of pages that have none of their own."""
    name, tagline = site().name, site().tagline
    return sharing.of_words(tagline or name, "", name if tagline else "", name)


def picture_url_of_site() -> str:
    """The address of the site's picture."""
    return shared_pictures.picture_address("articles.shared_site", picture_of_site())
