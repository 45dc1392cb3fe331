"""What the magazine contributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.accounts.queries import current_account, may
from shop.blueprints.articles import admin, queries, services, syndication, views
from shop.blueprints.articles.authors import admin as authors_desk
from shop.blueprints.articles.authors import views as authors
from shop.blueprints.articles.desk import WRITE, WRITE_OWN, unfinished
from shop.blueprints.articles.insets.boxes import box_directives
from shop.blueprints.articles.insets.embeds import embed_directives
from shop.blueprints.articles.read_model import READ_MODEL
from shop.blueprints.articles.series import admin as series_desk
from shop.blueprints.articles.series import views as series
from shop.blueprints.articles.tags import admin as tags_desk
from shop.blueprints.articles.writing import (
    following_links,
    link_checks,
    presence,
    sharing_drafts,
    unsaved,
)
from shop.core.jobs import Lane
from shop.core.web.assets import STATIC
from shop.plugins.api import (
    AdminAction,
    AdminSection,
    AnySubscriber,
    Asset,
    Directive,
    FeedSource,
    JobKind,
    NavigationItem,
    NavigationSource,
    Periodic,
    Permission,
    Plugin,
    ReadModel,
    SearchSource,
    Sitemap,
    Slot,
    Subscriber,
    hookimpl,
    made_of,
)
from shop.plugins.api.events import ArticleChanged, ArticlePublished, ArticleRemoved

SHOWN_UNFINISHED = 5

PLUGIN = Plugin(name="articles", title=_l("Articles"), requires=("accounts",))


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp
    yield authors.bp
    yield series.bp


@hookimpl
def navigation() -> Iterable[NavigationItem | NavigationSource]:
    yield NavigationItem("primary", _l("Articles"), "articles.index", order=10)
    yield NavigationSource(_pages_in_menus)


def _pages_in_menus() -> Iterable[NavigationItem]:
    made_of(queries.MENU_TAG)
    for page in queries.menu_pages():
        yield NavigationItem(
            page.menu, page.title, "articles.page", order=page.order, values={"slug": page.slug}
        )


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("admin.today", "admin/articles/on_today.html", _unfinished, order=20)


def _unfinished() -> Mapping[str, Any] | None:
    account = current_account()
    if account is None or not may(account, WRITE_OWN):
        return None
    drafts, scheduled = unfinished(account, SHOWN_UNFINISHED)
    return {"drafts": drafts, "scheduled": scheduled}


@hookimpl
def directives() -> Iterable[Directive]:
    yield from box_directives()
    yield from embed_directives()


@hookimpl
def assets() -> Iterable[Asset]:
    yield Asset("insets.css", (STATIC / "css" / "features" / "insets.css",))
    yield Asset("embed.js", (STATIC / "js" / "embed-frame.js",))


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission(WRITE, _l("Write and publish articles and pages"), frozenset({"editor"}))
    yield Permission(
        WRITE_OWN,
        _l("Write and publish their own articles"),
        frozenset({"author"}),
        comes_with=(WRITE,),
    )


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    articles, pages = admin.articles, admin.pages
    for order, (desk, label, permission, find, new) in enumerate(
        [
            (articles.bp, _l("Articles"), WRITE_OWN, articles.find, _l("New article")),
            (pages.bp, _l("Pages"), WRITE, pages.find, _l("New page")),
            (tags_desk.bp, _l("Tags"), WRITE, tags_desk.find_tags, ""),
            (series_desk.bp, _l("Series"), WRITE, series_desk.find_series, _l("New series")),
            (authors_desk.bp, _l("Authors"), WRITE, authors_desk.find_authors, _l("New author")),
        ]
    ):
        yield AdminSection(
            name=desk.name,
            label=label,
            group="write",
            permission=permission,
            blueprint=desk,
            order=10 + order,
            find=find,
            actions=[AdminAction(new, "new")] if new else [],
        )


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield JobKind(services.APPEAR, services.appear)
    yield JobKind(
        link_checks.CHECK_LINKS, following_links.check_links, lane=Lane.SLOW, in_transaction=False
    )


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield Periodic(
        "articles.forget_old_words", every=timedelta(hours=12), handle=unsaved.forget_old_words
    )
    yield Periodic(
        "articles.forget_those_who_left",
        every=timedelta(hours=12),
        handle=presence.forget_those_who_left,
    )
    yield Periodic(
        "articles.forget_expired_links",
        every=timedelta(hours=12),
        handle=sharing_drafts.forget_expired_drafts,
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    keep_found = syndication.keep_found
    yield Subscriber(
        "articles.keep_found_ArticlePublished", ArticlePublished, keep_found, in_transaction=False
    )
    yield Subscriber(
        "articles.keep_found_ArticleChanged", ArticleChanged, keep_found, in_transaction=False
    )
    yield Subscriber(
        "articles.keep_found_ArticleRemoved", ArticleRemoved, keep_found, in_transaction=False
    )


@hookimpl
def feed_sources() -> Iterable[FeedSource]:
    yield syndication.FEED


@hookimpl
def sitemaps() -> Iterable[Sitemap]:
    yield from syndication.SITEMAPS


@hookimpl
def search_sources() -> Iterable[SearchSource]:
    yield from syndication.SEARCH_SOURCES


@hookimpl
def read_models() -> Iterable[ReadModel]:
    yield READ_MODEL
    yield syndication.TEXT
