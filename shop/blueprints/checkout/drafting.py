"""What is about to be ordered: who buys, what they saw, and the draft of the order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from shop.blueprints.cart.basket import Basket, BuyerFacts
from shop.blueprints.cart.quote import Quote
from shop.blueprints.checkout.hoarding import reservation_time
from shop.blueprints.orders.drafts import LineDraft, OrderDraft
from shop.core import clock
from shop.plugins.api import PaymentProvider

DIGITS = 24


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who orders, and where it goes. The country of `facts` is whose tax it is: that of the address, if there is one.

    `gift_note` is None for what is not a gift. `answers` are those to what plugins ask.
    """

    facts: BuyerFacts
    name: str
    address: Mapping[str, str] | None
    note: str
    account_id: int | None
    gift_note: str | None = None
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a page that was sent asks for. `provider` is how it is to be paid, None where nothing is.

    `page_key` says which page it was, `seen` what stood on it (`seen_of`). `has_consented`: the buyer asked
    for immediate delivery of downloads.
    """

    buyer: Buyer
    provider: PaymentProvider | None
    page_key: str = ""
    seen: str = ""
    has_consented: bool = False


def seen_of(basket: Basket) -> str:
    """What a page showed, the goods and then the amounts, so that it can be told which of them is another now."""
    goods = [
        [line.variant_id, line.quantity, line.unit_price_minor, line.is_orderable]
        for line in basket.lines
    ]
    quote = basket.quote
    amounts = [
        quote.currency,
        quote.total_minor,
        quote.discount_minor,
        quote.shipping_minor,
        quote.added_tax_minor,
    ]
    return f"{_digest(goods)[:DIGITS]}.{_digest(amounts)[:DIGITS]}"


def digest_of(basket: Basket, buyer: Buyer) -> str:
    """What is recognised as the same order: variants, quantities, prices, sums, taxes, and who buys."""
    return _digest([seen_of(basket), _priced(basket.quote), asdict(buyer)])


def _priced(quote: Quote) -> list[Any]:
    return [
        quote.currency,
        [asdict(line) for line in quote.lines],
        [asdict(discount) for discount in quote.discounts],
        asdict(quote.shipping) if quote.shipping else None,
        quote.tax_breakdown,
        quote.prices_include_tax,
    ]


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def draft_of(basket: Basket, buyer: Buyer) -> OrderDraft:
    """The order, with every amount as it is quoted."""
    quote = basket.quote
    kept = reservation_time({line.variant_id: line.quantity for line in basket.lines})
    return OrderDraft(
        email=buyer.facts.email,
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
            for line, priced in zip(basket.lines, quote.lines, strict=True)
        ],
        discount_label=quote.discount_label[:120],
        shipping_minor=quote.shipping_minor,
        shipping_label=quote.shipping_label[:120],
        tax_minor=quote.tax_minor,
        tax_breakdown=quote.tax_breakdown,
        prices_include_tax=quote.prices_include_tax,
        tax_country=buyer.facts.country,
        tax_number=buyer.facts.tax_number,
        address=buyer.address,
        note=buyer.note,
        is_gift=buyer.gift_note is not None,
        gift_note=buyer.gift_note or "",
        reserved_until=clock.now() + kept,
    )
