"""Things to sell, made as an editor makes them: facts are published, pages purged, jobs queued."""

from __future__ import annotations

from itertools import count
from typing import Any

from shop.blueprints.catalog import services
from shop.blueprints.catalog.models import Product, Variant
from shop.blueprints.catalog.services import ProductText, VariantTerms
from shop.blueprints.catalog.stock import levels
from shop.core.unit_of_work import unit_of_work

_numbers = count(1)


def make_product(
    *editions: dict[str, Any], published: bool = True, currency: str = "EUR", **text: Any
) -> Product:
    """A stored product, on the shelf unless something else is said.

    Args:
        editions: terms of each variant, and how many are `left`; one at 14.00 without a limit when none is given.
    """
    given = {"title": f"Guide {next(_numbers)}", "summary": "A small book.", **text}
    with unit_of_work():
        product = services.write_product(ProductText(currency=currency, **given))
        for edition in editions or ({},):
            _add(product, **edition)
        if published:
            services.put_on_shelf(product)
    return product


def make_variant(*, currency: str = "EUR", published: bool = True, **edition: Any) -> Variant:
    """The only variant of a product of its own."""
    return make_product(edition, currency=currency, published=published).variants[0]


def add_edition(product: Product, **edition: Any) -> Variant:
    """One variant more."""
    with unit_of_work():
        return _add(product, **edition)


def retire_all(product: Product) -> None:
    """Leave nothing to buy of a product, on the shelf as it is: what services refuse, an import may bring."""
    with unit_of_work():
        for variant in product.variants:
            variant.is_retired = True


def _add(product: Product, *, left: int | None = None, **terms: Any) -> Variant:
    variant = services.write_variant(product, VariantTerms(**{"price_minor": 1400, **terms}))
    if left is not None:
        levels.set_on_hand(variant, left)
    return variant
