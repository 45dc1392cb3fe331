"""What search engines read of a product: schema.org in JSON-LD, as dicts that `base.html` escapes into the page."""

from __future__ import annotations

from typing import Any

from shop.blueprints.catalog import cards
from shop.blueprints.catalog.models import Product, Variant
from shop.core.money import to_decimal
from shop.core.security import absolute_url, base_url
from shop.core.site import site


def product_page(product: Product) -> dict[str, Any]:
    """A product with an offer for each variant, and the way to it."""
    url = absolute_url("catalog.show", slug=product.slug)
    return {
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": "Product",
                "name": product.title,
                "description": product.summary,
                "image": base_url() + cards.cover_url(product),
                "url": url,
                "offers": [_offer(variant, url) for variant in cards.on_sale(product)],
            },
            {
                "@type": "BreadcrumbList",
                "itemListElement": [
                    {"@type": "ListItem", "position": position, "name": name, "item": address}
                    for position, (name, address) in enumerate(
                        [
                            (site().name, f"{base_url()}/"),
                            ("Guides", absolute_url("catalog.index")),
                            (product.title, url),
                        ],
                        start=1,
                    )
                ],
            },
        ],
    }


def _offer(variant: Variant, url: str) -> dict[str, Any]:
    return {
        "@type": "Offer",
        "name": variant.title or variant.product.title,
        "sku": variant.sku,
        "price": str(to_decimal(variant.price_minor, variant.product.currency)),
        "priceCurrency": variant.product.currency,
        "availability": f"https://schema.org/{_availability(variant)}",
        "url": url,
    }


def _availability(variant: Variant) -> str:
    if not variant.is_available:
        return "OutOfStock"
    if variant.stock_on_hand is not None and variant.may_oversell and variant.stock_on_hand <= 0:
        return "BackOrder"
    return "LimitedAvailability" if variant.is_low else "InStock"
