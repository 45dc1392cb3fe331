"""What the catalog contributes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from shop.blueprints.catalog import admin, cards, jobs, leading, queries, views
from shop.blueprints.catalog.files import pages as files_pages
from shop.blueprints.catalog.models import Product
from shop.blueprints.catalog.read_model import READ_MODEL
from shop.blueprints.catalog.stock import ledger
from shop.blueprints.catalog.stock import pages as stock_pages
from shop.core import markdown, search
from shop.core.jobs import Lane
from shop.core.site import site
from shop.plugins.api import (
    AdminAction,
    AdminSection,
    AnySubscriber,
    ArticleView,
    Directive,
    HealthCheck,
    NavigationItem,
    NavigationSource,
    OutOfDate,
    Periodic,
    Permission,
    Plugin,
    ProductView,
    ReadModel,
    SearchDocument,
    SearchSource,
    Sitemap,
    Slot,
    Subscriber,
    db,
    hookimpl,
    made_of,
)
from shop.plugins.api.events import ProductChanged
from shop.plugins.fields.custom_fields import words_to_search

PLUGIN = Plugin(name="catalog", title=_l("Catalog"), requires=("accounts",))


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def navigation() -> Iterable[NavigationSource]:
    yield NavigationSource(_shelf)


def _shelf() -> Iterable[NavigationItem]:
    made_of("settings")
    yield NavigationItem("primary", site().shelf, "catalog.index", order=20)


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("home.sections", "catalog/featured.html", _featured)
    yield Slot("article.aside", "catalog/beside_article.html", _beside)


def _featured() -> Mapping[str, Any] | None:
    made_of("catalog")
    products = queries.featured()
    return {"guides": [cards.guide(product) for product in products]} if products else None


def _beside(article: ArticleView) -> Mapping[str, Any] | None:
    guides = cards.guides_at(article.related_guides, leading.article_shown())
    return {"guides": guides} if guides else None


@hookimpl
def directives() -> Iterable[Directive]:
    yield Directive(
        "guide",
        "catalog/in_article.html",
        _in_article,
        help=_l("The card of a product, on a line of its own."),
        argument="web-address",
        find=_to_show,
        plain="catalog/in_article_plain.html",
    )


def _to_show(words: str) -> Iterable[tuple[str, str]]:
    found = queries.products(state="published", search=words)
    return [(product.title, product.slug) for product in found.items]


def _in_article(slug: str) -> Mapping[str, Any] | None:
    guides = cards.guides_at([slug], leading.article_shown())
    return {"guide": guides[0]} if guides else None


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("catalog.write", _l("Manage products and stock"), frozenset({"editor"}))


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="products",
        label=_l("Products"),
        group="sell",
        permission="catalog.write",
        blueprint=files_pages.bp,
        order=20,
        find=admin.find_products,
        actions=[AdminAction(_l("New product"), "new")],
    )
    yield AdminSection(
        name="stock",
        label=_l("Stock"),
        group="sell",
        permission="catalog.write",
        blueprint=stock_pages.bp,
        endpoint="overview",
        count=queries.running_low_query,
        order=30,
    )


@hookimpl
def sitemaps() -> Iterable[Sitemap]:
    yield Sitemap("guides", _addresses)


def _addresses() -> Iterable[tuple[str, datetime]]:
    for slug, changed_at in queries.product_addresses():
        yield url_for("catalog.show", slug=slug), changed_at


@hookimpl
def search_sources() -> Iterable[SearchSource]:
    yield SearchSource(
        "guides",
        LazyString(lambda: site().shelf_name or _("Guide")),
        _documents,
        plural=LazyString(lambda: site().shelf),
        pictures=_covers,
    )


def _covers(keys: Sequence[str]) -> Mapping[str, str]:
    covers = cards.covers_of(map(int, keys))
    return {str(product_id): url for product_id, url in covers.items()}


def _documents() -> Iterable[SearchDocument]:
    return map(_document, queries.all_on_shelf())


def _document(product: Product) -> SearchDocument:
    fields = words_to_search(ProductView, product.id)
    return SearchDocument(
        key=str(product.id),
        title=product.title,
        body=f"{product.subtitle}\n{product.summary}\n{markdown.plain_text(product.description)}\n{fields}".rstrip(),
        url=f"/shop/{product.slug}",
        summary=product.summary,
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("catalog.keep_findable", ProductChanged, _keep_findable, in_transaction=False)


def _keep_findable(event: ProductChanged) -> Callable[[], None]:
    """Make the text to search before the transaction that writes it, because SQLite has one writer."""
    source = _source_of(event.product_id)
    product = db.session.get(Product, event.product_id)
    prepared = (
        search.prepare_document("guides", _document(product))
        if product is not None and source
        else None
    )
    return partial(_keep_found, event.product_id, source, prepared)


def _source_of(product_id: int) -> tuple[str, ...]:
    """What the text to search is made of; empty where nobody is to find the product."""
    product = db.session.get(Product, product_id)
    if product is None or not product.is_published:
        return ()
    fields = words_to_search(ProductView, product.id)
    return (
        product.title,
        product.subtitle,
        product.summary,
        product.description,
        product.slug,
        fields,
    )


def _keep_found(
    product_id: int, source: tuple[str, ...], prepared: search.PreparedDocument | None
) -> None:
    if _source_of(product_id) != source:
        raise OutOfDate
    if prepared is not None:
        prepared.index()
    else:
        search.remove("guides", str(product_id))


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield Periodic(
        "catalog.release_expired",
        timedelta(minutes=5),
        jobs.release_expired,
        in_transaction=False,
        lane=Lane.MONEY,
    )


@hookimpl
def health_checks() -> Iterable[HealthCheck]:
    yield HealthCheck("stock", ledger.check_ledger, is_of_data=True)


@hookimpl
def read_models() -> Iterable[ReadModel]:
    yield READ_MODEL
