"""What is about to be ordered: who buys, what they saw, and the draft of the order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from shop.blueprints.cart import quoting
from shop.blueprints.cart.queries import CartContents
from shop.blueprints.cart.quotes import Quote
from shop.blueprints.cart.quoting import BuyerFacts
from shop.blueprints.checkout.settings import CheckoutSettings
from shop.blueprints.orders.drafts import LineDraft, OrderDraft
from shop.core import clock, settings
from shop.plugins.api import CartFacts

DIGITS = 24


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who orders, and where it goes. `country` is whose tax it is: that of the address, where there is one.

    `gift_note` is None for what is no gift.
    """

    email: str
    name: str
    address: Mapping[str, str] | None
    note: str
    account_id: int | None
    country: str = ""
    tax_number: str = ""
    shipping_choice: str = ""
    gift_note: str | None = None

    @property
    def facts(self) -> BuyerFacts:
        """What of this a price may depend on."""
        return BuyerFacts(self.email, self.country, self.tax_number, self.shipping_choice)


def facts_of(contents: CartContents, buyer: Buyer) -> CartFacts:
    """What the rules are told when this buyer orders this cart."""
    return quoting.facts_of(contents, buyer.facts)


def seen_of(contents: CartContents, quote: Quote) -> str:
    """What a page showed, the goods and then the amounts, so that it can be told which of them is another now."""
    goods = [
        [line.variant_id, line.quantity, line.unit_price_minor, line.is_orderable]
        for line in contents.lines
    ]
    amounts = [
        quote.currency,
        quote.total_minor,
        quote.discount_minor,
        quote.shipping_minor,
        quote.added_tax_minor,
    ]
    return f"{_digest(goods)[:DIGITS]}.{_digest(amounts)[:DIGITS]}"


def digest_of(contents: CartContents, quote: Quote, buyer: Buyer) -> str:
    """What is recognised as the same order: variants, quantities, prices, sums, taxes, and who buys."""
    return _digest([seen_of(contents, quote), quote.said(), asdict(buyer)])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def draft_of(contents: CartContents, quote: Quote, buyer: Buyer) -> OrderDraft:
    """The order, with every amount as it is quoted."""
    kept = timedelta(minutes=settings.current(CheckoutSettings).reservation_minutes)
    return OrderDraft(
        email=buyer.email,
        name=buyer.name,
        account_id=buyer.account_id,
        currency=quote.currency,
        lines=[
            LineDraft(
                variant_id=line.variant_id,
                product_id=line.product_id,
                title=line.title,
                variant_title=line.variant_title,
                sku=line.sku,
                unit_price_minor=priced.unit_price_minor,
                quantity=line.quantity,
                is_digital=line.is_digital,
                discount_minor=priced.discount_minor,
                tax_minor=priced.tax_minor,
                tax_rate=priced.tax_rate,
                came_from=line.came_from,
            )
            for line, priced in zip(contents.lines, quote.lines, strict=True)
        ],
        discount_label=quote.discount_label[:120],
        shipping_minor=quote.shipping_minor,
        shipping_label=quote.shipping_label[:120],
        tax_minor=quote.tax_minor,
        tax_breakdown=quote.tax_breakdown,
        prices_include_tax=quote.prices_include_tax,
        tax_country=buyer.country,
        tax_number=buyer.tax_number,
        address=buyer.address,
        note=buyer.note,
        is_gift=buyer.gift_note is not None,
        gift_note=buyer.gift_note or "",
        reserved_until=clock.now() + kept,
    )
