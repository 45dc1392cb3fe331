"""Asks the rules what a cart costs. The arithmetic is `pricing.price`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from flask_babel import gettext as _

from shop.blueprints.cart.pricing import price
from shop.blueprints.cart.queries import CartContents
from shop.blueprints.cart.quotes import Quote
from shop.core.errors import Refused
from shop.plugins import registry
from shop.plugins.api import CartFacts, CartFactsLine, CartTerm, Discount, Objection

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """What a buyer has said that prices may depend on; empty is not said yet."""

    email: str = ""
    country: str = ""
    tax_number: str = ""
    shipping_choice: str = ""


def facts_of(contents: CartContents, buyer: BuyerFacts | None = None) -> CartFacts:
    """What rules are told: of the lines that can be ordered, and of the buyer."""
    known = buyer or BuyerFacts()
    return CartFacts(
        lines=tuple(
            CartFactsLine(
                line.variant_id,
                line.product_id,
                line.unit_price_minor,
                line.quantity,
                line.is_digital,
                line.weight_grams,
            )
            for line in contents.lines
            if line.is_orderable
        ),
        currency=contents.currency,
        code=contents.code,
        email=known.email.lower(),
        country=known.country,
        tax_number=known.tax_number,
        shipping_choice=known.shipping_choice,
        reference=contents.held_as,
    )


def quote(cart: CartFacts) -> Quote:
    """What a cart costs. Never raises: what can't be worked out can't be ordered either, and says so."""
    try:
        return price(cart, _said(cart))
    except Exception:
        log.exception("cart.not_priced")
        return price(cart, [Objection(_failed())])


def _said(cart: CartFacts) -> Iterable[CartTerm]:
    said: list[CartTerm] = []
    for rule in registry().cart_rules:
        said.extend(rule.terms(cart))
    if cart.code and not any(_answers(term, cart.code) for term in said):
        said.append(Objection(_("We don't know this code. Is it written as you got it?"), "code"))
    return said


def _answers(term: CartTerm, code: str) -> bool:
    if isinstance(term, Discount):
        return term.code == code
    return isinstance(term, Objection) and term.field == "code"


def priced(contents: CartContents, **seen: Any) -> CartContents:
    """What lies in a cart, with what it costs as far as that can be said before the checkout."""
    return replace(contents, quote=quote(facts_of(contents)), takes_codes=takes_codes(), **seen)


def claim(cart: CartFacts, order_id: int) -> None:
    """Count what is limited for an order that was placed just now, in its unit of work.

    Raises:
        Refused: something can't be had any more, or a rule failed: nothing is sold on an error.
    """
    for rule in registry().cart_rules:
        try:
            rule.claim(cart, order_id=order_id)
        except Refused:
            raise
        except Exception as error:
            log.exception("cart.not_claimed", rule=rule.name)
            raise Refused(_failed()) from error


def takes_codes() -> bool:
    """Whether there is a rule at all that a code could be for."""
    return any(rule.takes_codes for rule in registry().cart_rules)


def _failed() -> str:
    return str(_("We can't work out the price at the moment. Please try again in a few minutes."))
