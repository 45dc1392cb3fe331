"""What networks show where an article, or the site itself, is shared."""

from __future__ import annotations

from shop.blueprints.articles.models import Article
from shop.core.covers import sharing
from shop.core.site import site
from shop.core.web import shared_pictures


def picture_of(article: Article) -> sharing.SharedPicture:
    """The picture of an article: its title, between its subject and the name of the site."""
    subject = article.tags[0].name if article.tags else ""
    return sharing.of_words(article.title, subject, site().name, article.slug)


def picture_url(article: Article) -> str:
    """The address of an article's picture."""
    return shared_pictures.picture_address(
        "articles.shared", picture_of(article), slug=article.slug
    )


def picture_of_site() -> sharing.SharedPicture:
    """The picture of pages that have none of their own."""
    name, tagline = site().name, site().tagline
    return sharing.of_words(tagline or name, "", name if tagline else "", name)


def picture_url_of_site() -> str:
    """The address of the site's picture."""
    return shared_pictures.picture_address("articles.shared_site", picture_of_site())
