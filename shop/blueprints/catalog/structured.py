"""What search engines read of a product."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shop.blueprints.catalog import cards
from shop.blueprints.catalog.models import Product, Variant
from shop.core.money import to_decimal
from shop.core.web.breadcrumbs import Crumb, breadcrumb_list
from shop.core.web.security import base_url
from shop.core.web.structured_data import Thing, term
from shop.plugins.api import ProductView
from shop.plugins.drawing.describing import described

GTIN = re.compile(r"\d{8}|\d{12,14}")
"""A barcode that is a number of GS1: others, such as a shop's own, are not said."""


def product_page(product: Product, view: ProductView, crumbs: Sequence[Crumb]) -> Thing:
    """A product with an offer for each variant, and the way to it."""
    node = {
        "@id": view.node_id,
        "@type": "Product",
        "name": product.title,
        "description": product.summary,
        "image": [
            base_url() + address
            for address in (
                cards.cover_url(product),
                *(each.url for each in cards.slides_of(product)),
            )
        ],
        "url": view.url,
        **({"brand": {"@type": "Brand", "name": product.vendor}} if product.vendor else {}),
        "offers": [_offer(variant, view.url) for variant in cards.on_sale(product)],
    }
    return described([node, breadcrumb_list(crumbs)], view)


def _offer(variant: Variant, url: str) -> Thing:
    return {
        "@type": "Offer",
        "@id": f"{url}#offer-{variant.id}",
        "name": variant.title or variant.product.title,
        "sku": variant.sku,
        **({"gtin": variant.barcode} if GTIN.fullmatch(variant.barcode) else {}),
        "price": str(to_decimal(variant.price_minor, variant.product.currency)),
        "priceCurrency": variant.product.currency,
        "availability": term(_availability(variant)),
        "url": url,
    }


def _availability(variant: Variant) -> str:
    if not variant.is_available:
        return "OutOfStock"
    if variant.stock_on_hand is not None and variant.may_oversell and variant.stock_on_hand <= 0:
        return "BackOrder"
    return "LimitedAvailability" if variant.is_low else "InStock"
