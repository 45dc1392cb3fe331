"""What search engines read: schema.org in JSON-LD, as dicts that `base.html` escapes into the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shop.blueprints.articles.models import Article
from shop.core.security import absolute_url, base_url
from shop.core.site import site

Thing = dict[str, Any]


def website() -> Thing:
    """The front page."""
    return _graph(
        {
            "@type": "WebSite",
            "name": site().name,
            "description": site().description,
            "url": f"{base_url()}/",
            "inLanguage": site().language,
        }
    )


def article_page(article: Article) -> Thing:
    """An article, and the way to it."""
    url = absolute_url("articles.show", slug=article.slug)
    steps = [(site().name, f"{base_url()}/")]
    if article.tags:
        chief = article.tags[0]
        steps.append((chief.name, absolute_url("articles.tagged", tag=chief.slug)))
    return _graph(_article(article, url), breadcrumbs([*steps, (article.title, url)]))


def page(article: Article) -> Thing:
    """A standing page."""
    url = absolute_url("articles.page", slug=article.slug)
    return _graph(
        {"@type": "WebPage", "name": article.title, "description": article.summary, "url": url},
        breadcrumbs([(site().name, f"{base_url()}/"), (article.title, url)]),
    )


def listing(title: str, url: str) -> Thing:
    """A list of articles."""
    return _graph(
        {"@type": "CollectionPage", "name": title, "url": url},
        breadcrumbs([(site().name, f"{base_url()}/"), (title, url)]),
    )


def breadcrumbs(steps: Sequence[tuple[str, str]]) -> Thing:
    """The way from the front page: (label, absolute address), this page last."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": label, "item": url}
            for position, (label, url) in enumerate(steps, start=1)
        ],
    }


def _article(article: Article, url: str) -> Thing:
    published_at = article.published_at or article.updated_at
    return {
        "@type": "Article",
        "headline": article.title,
        "description": article.meta_description or article.summary,
        "url": url,
        "mainEntityOfPage": url,
        "datePublished": published_at.isoformat(timespec="seconds"),
        "dateModified": max(published_at, article.updated_at).isoformat(timespec="seconds"),
        "inLanguage": site().language,
        "keywords": [tag.name for tag in article.tags],
        "author": {"@type": "Person", "name": article.author.name}
        if article.author
        else {"@type": "Organization", "name": site().name},
        "publisher": {"@type": "Organization", "name": site().name, "url": f"{base_url()}/"},
    }


def _graph(*things: Thing) -> Thing:
    return {"@context": "https://schema.org", "@graph": list(things)}
