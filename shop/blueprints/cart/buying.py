"""How something gets into the cart: the form on a product's page, and the button in a guide's card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shop.blueprints.catalog import cards
from shop.blueprints.catalog.models import Variant
from shop.blueprints.catalog.queries import any_product_or_404
from shop.plugins.api import Guide, ProductView
from shop.plugins.drawing.slots import Handed

FORM, BUTTON = "cart/buy.html", "cart/buy_from_card.html"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visitor asked for on a product's page when it could not be done: shown there, with the reason."""

    variant_id: int | None = None
    quantity: str = "1"
    message: str = ""


NOTHING_ASKED = Asked()


def refused_by_cart(asked: Asked) -> Handed:
    """What a product's page hands to the form on it."""
    return {FORM: {"asked": asked}}


def on_page(
    *, product: ProductView, guide: Guide, came_from: str, asked: Asked = NOTHING_ASKED
) -> Mapping[str, Any]:
    """What `FORM` needs."""
    variants = cards.on_sale(any_product_or_404(product.id))
    first = next((variant.id for variant in variants if variant.is_available), None)
    return {
        "product": product,
        "guide": guide,
        "variants": variants,
        "chosen": asked.variant_id or first,
        "asked": asked,
        "came_from": came_from,
        "has_stepper": any(map(_is_wanted_often, variants)),
        "has_one": lambda variant: not _is_wanted_often(variant),
        "stock_note": cards.stock_note,
        "compare_at_text": cards.compare_at_text,
    }


def _is_wanted_often(variant: Variant) -> bool:
    """Whether many want several of it: few need a download twice."""
    return not variant.is_digital or variant.remaining is not None


def on_card(*, guide: Guide, is_main: bool) -> Mapping[str, Any]:
    """What `BUTTON` needs."""
    return {"guide": guide, "is_main": is_main}
