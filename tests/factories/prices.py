"""Codes, zones and rates of tax, made as an editor makes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from shop.blueprints.discounts import services as discounts
from shop.blueprints.discounts.models import DiscountCode, DiscountKind
from shop.blueprints.discounts.services import CodeTerms
from shop.blueprints.shipping import services as shipping
from shop.blueprints.shipping.models import ShippingZone
from shop.blueprints.shipping.services import ShippingTerms as WayTerms
from shop.blueprints.taxes import services as taxes
from shop.blueprints.taxes.models import Goods, TaxRate
from shop.blueprints.taxes.services import TaxTerms
from shop.core.unit_of_work import unit_of_work


def make_code(name: str = "SPRING", *, is_on: bool = True, **terms: Any) -> DiscountCode:
    """A code; ten percent off when nothing else is said."""
    chosen: dict[str, Any] = {"kind": DiscountKind.PERCENT, "currency": "EUR"} | terms
    if chosen["kind"] == DiscountKind.PERCENT:
        chosen.setdefault("percent", 10_000)
    with unit_of_work():
        code = discounts.write_code(CodeTerms(code=name, **chosen))
        discounts.switch(code, on=is_on)
    return code


def make_zone(
    *countries: str, rates: Sequence[tuple[str, int]] = (("By post", 490),), **more: Any
) -> ShippingZone:
    """A zone with its ways of sending; every other country when none is named."""
    with unit_of_work():
        zone = shipping.write_zone("A zone", countries, is_rest=not countries)
        for label, price in rates:
            terms = WayTerms(label, price, more.get("free_from"), more.get("max_grams"))
            shipping.write_rate(zone, terms, currency=more.get("currency", "EUR"))
    return zone


def make_tax(
    country: str,
    rate: int,
    *,
    applies_to: Goods = Goods.EVERYTHING,
    valid_from: date = date(2020, 1, 1),
) -> TaxRate:
    """A rate of tax, in thousandths of a percent."""
    with unit_of_work():
        return taxes.write_tax_rate(TaxTerms(country, applies_to, "VAT", rate, valid_from))
