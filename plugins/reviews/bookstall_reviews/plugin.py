"""What the plugin gives to the site. Hooks are called once, when the site starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from bookstall_reviews import desk, moving, pages, reviews
from bookstall_reviews.models import Review, tag_of
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    ExportPart,
    Permission,
    PersonalData,
    Plugin,
    ProductView,
    Slot,
    StructuredData,
    Subscriber,
    hookimpl,
    made_of,
    purge,
    render_markdown,
)
from shop.plugins.api import (
    order as order_of,
)
from shop.plugins.api import (
    product as product_of,
)
from shop.plugins.api.events import ProductChanged

PLUGIN = Plugin(
    name="reviews",
    title=_l("Reviews"),
    requires=("catalog", "comments", "orders"),
    settings=reviews.ReviewSettings,
    api=">=1,<2",
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield pages.bp


@hookimpl
def migrations() -> Iterable[Path]:
    yield Path(__file__).parent / "versions"


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("reviews.moderate", _l("Moderate reviews"), frozenset({"editor", "moderator"}))


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="reviews",
        label=_l("Reviews"),
        group="talk",
        permission="reviews.moderate",
        blueprint=desk.desk,
        endpoint="overview",
        count=Review.number_waiting,
        order=20,
    )


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("product.after_body", "reviews/on_product.html", below_product)
    yield Slot("order.sections", "reviews/on_order.html", of_order, order=60)


def below_product(product: ProductView) -> Mapping[str, Any]:
    """The average and the newest reviews of a product."""
    made_of(tag_of(product.id), "settings")
    return {
        "product": product,
        "rating": reviews.rating_of(product.id),
        "reviews": reviews.newest(product.id, reviews.ON_PRODUCT),
        "render_markdown": render_markdown,
    }


def of_order(order: Any) -> Mapping[str, Any] | None:
    """For each product of a paid order, a link to review it."""
    bought = order_of(order.id)
    if bought is None or not bought.is_paid:
        return None
    ids = dict.fromkeys(line.product_id for line in bought.lines if line.product_id is not None)
    found = [each for each in map(product_of, ids) if each is not None and each.is_public]
    links = [(each.title, pages.link_of(bought.id, each.slug)) for each in found]
    return {"links": links} if links else None


@hookimpl
def structured_data() -> Iterable[StructuredData]:
    yield StructuredData("reviews", ProductView, for_search_engines)


def for_search_engines(product: ProductView) -> Iterable[Mapping[str, Any]]:
    """The average of a product and its newest reviews (schema.org)."""
    made_of(tag_of(product.id))
    rating = reviews.rating_of(product.id)
    if rating is None:
        return
    yield {
        "@id": product.node_id,
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": rating.text,
            "reviewCount": rating.count,
            "bestRating": 5,
        },
        "review": [
            {
                "@type": "Review",
                "author": {"@type": "Person", "name": each.author},
                "datePublished": each.written_at.date().isoformat(),
                "reviewBody": each.body,
                "reviewRating": {"@type": "Rating", "ratingValue": each.stars, "bestRating": 5},
            }
            for each in reviews.newest(product.id, reviews.ON_PRODUCT)
        ],
    }


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("reviews.product_changed", ProductChanged, _forget_pages)


def _forget_pages(event: ProductChanged) -> None:
    """The page with all reviews says what the product is called."""
    purge(tag_of(event.product_id))


@hookimpl
def export_parts() -> Iterable[ExportPart]:
    yield ExportPart("reviews", "review", moving.write, moving.read)


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("reviews", _l("Reviews"), reviews.export, reviews.erase)
