"""What an owner may choose from for a menu: the places of the site, standing pages, tags and series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.articles.models import Article, ArticleKind
from shop.blueprints.articles.queries import is_public
from shop.blueprints.articles.series.queries import public_series
from shop.blueprints.articles.tags.queries import public_tags
from shop.core.menus import LONGEST_LABEL, MenuLine
from shop.core.text import excerpt
from shop.plugins import guarded, registry
from shop.plugins.api import NavigationItem, NavigationSource, db

MOST_PAGES = 500

MenuChoices = Sequence[tuple[str, Sequence[MenuLine]]]
"""Headings, each with what can be chosen below it."""


def menu_choices() -> MenuChoices:
    """All that is public, by its kind."""
    found = [(_("Site"), _places())]
    if registry().has("articles"):
        found += [
            (_("Pages"), _pages()),
            (_("Tags"), [_tag(each.name, each.slug) for each in public_tags()]),
            (_("Series"), [_series(each.title, each.slug) for each, _count in public_series()]),
        ]
    return found


def _places() -> list[MenuLine]:
    """The usual links of the menus, but for standing pages, which have a heading of their own."""
    lines = {
        url_for(each.endpoint, **each.values): str(each.label)
        for each in _usual()
        if each.place in {"primary", "footer"} and each.endpoint != "articles.page"
    }
    return [MenuLine(_("Front page"), "/"), *(_line(label, url) for url, label in lines.items())]


def _usual() -> Iterator[NavigationItem]:
    nothing: list[NavigationItem] = []
    for each in registry().navigation:
        if isinstance(each, NavigationItem):
            yield each
        else:
            yield from guarded("navigation", each, partial(_given, each), otherwise=nothing)


def _given(source: NavigationSource) -> list[NavigationItem]:
    return list(source.items())


def _pages() -> list[MenuLine]:
    query = (
        select(Article.title, Article.slug)
        .where(Article.kind == ArticleKind.PAGE, is_public())
        .order_by(Article.title)
        .limit(MOST_PAGES)
    )
    pages = db.session.execute(query)
    return [_line(each.title, url_for("articles.page", slug=each.slug)) for each in pages]


def _tag(name: str, slug: str) -> MenuLine:
    return _line(name, url_for("articles.tagged", tag=slug))


def _series(title: str, slug: str) -> MenuLine:
    return _line(title, url_for("series.show", slug=slug))


def _line(label: str, url: str) -> MenuLine:
    return MenuLine(excerpt(label, LONGEST_LABEL), url)
