"""What search engines read of articles and pages."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for

from shop.blueprints.articles import sharing, translations
from shop.blueprints.articles.authors.portraits import Portrait
from shop.blueprints.articles.models import Article, Author
from shop.blueprints.articles.series.models import Series
from shop.blueprints.articles.series.queries import PlaceInSeries
from shop.core.site import site
from shop.core.web.breadcrumbs import Crumb, breadcrumb_list
from shop.core.web.security import base_url
from shop.core.web.structured_data import Thing, graph, publisher
from shop.plugins.api import ArticleView
from shop.plugins.drawing.describing import described


def website() -> Thing:
    """The front page."""
    return graph(
        {
            "@type": "WebSite",
            "name": site().name,
            "description": site().description,
            "url": f"{base_url()}/",
            "inLanguage": site().language,
        }
    )


def article_page(article: Article, view: ArticleView, place: PlaceInSeries | None = None) -> Thing:
    """An article, where it is in its series, and the way to it."""
    path = url_for("articles.show", slug=article.slug)
    crumbs = [Crumb(tag.name, url_for("articles.tagged", tag=tag.slug)) for tag in article.tags[:1]]
    way = breadcrumb_list([*crumbs, Crumb(article.title, path)])
    return described([{**_article(article, view), **_part_of(place)}, way], view)


def standing_page(article: Article, view: ArticleView) -> Thing:
    """A standing page."""
    here = Crumb(article.title, url_for("articles.page", slug=article.slug))
    node = {
        "@id": view.node_id,
        "@type": "WebPage",
        "name": article.title,
        "description": article.summary,
        "url": view.url,
        "inLanguage": translations.article_language(article),
    }
    return described([node, breadcrumb_list([here])], view)


def series_page(series: Series, parts: Sequence[Article], crumbs: Sequence[Crumb]) -> Thing:
    """A series and its parts."""
    node = {
        **_series(series.slug, series.title),
        "description": series.description,
        "hasPart": [
            {
                "@type": "Article",
                "position": number,
                "name": part.title,
                "url": base_url() + url_for("articles.show", slug=part.slug),
            }
            for number, part in enumerate(parts, start=1)
        ],
    }
    return graph(node, breadcrumb_list(crumbs))


def _part_of(place: PlaceInSeries | None) -> Thing:
    if place is None:
        return {}
    return {"isPartOf": _series(place.slug, place.title), "position": place.number}


def _series(slug: str, title: str) -> Thing:
    url = base_url() + url_for("series.show", slug=slug)
    return {"@type": "CreativeWorkSeries", "name": title, "url": url}


def listing(crumbs: Sequence[Crumb]) -> Thing:
    """A list of articles, and the way to it."""
    here = crumbs[-1]
    return graph(
        {"@type": "CollectionPage", "name": str(here.label), "url": base_url() + here.url},
        breadcrumb_list(crumbs),
    )


def profile(author: Author, portrait: Portrait, crumbs: Sequence[Crumb]) -> Thing:
    """An author's page (https://developers.google.com/search/docs/appearance/structured-data/profile-page)."""
    person: Thing = {**_person(author), "image": base_url() + portrait.url}
    if author.bio:
        person["description"] = author.bio
    if author.links:
        person["sameAs"] = list(author.links)
    page = {"@type": "ProfilePage", "url": person["url"], "mainEntity": person}
    return graph(page, breadcrumb_list(crumbs))


def _person(author: Author) -> Thing:
    url = base_url() + url_for("authors.show", slug=author.slug)
    return {"@type": "Person", "name": author.name, "url": url}


def _article(article: Article, view: ArticleView) -> Thing:
    published_at = article.published_at or article.updated_at
    return {
        "@id": view.node_id,
        "@type": "Article",
        "headline": article.title,
        "description": article.meta_description or article.summary,
        "image": sharing.picture_url(article),
        "url": view.url,
        "mainEntityOfPage": view.url,
        "datePublished": published_at.isoformat(timespec="seconds"),
        "dateModified": max(published_at, article.updated_at).isoformat(timespec="seconds"),
        "inLanguage": translations.article_language(article),
        **({"isAccessibleForFree": False} if article.gate else {}),
        "keywords": [tag.name for tag in article.tags],
        "author": _person(article.author)
        if article.author
        else {"@type": "Organization", "name": site().name},
        "publisher": publisher(),
    }
