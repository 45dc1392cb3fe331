"""Asks the cart rules of all plugins what a cart costs. The arithmetic is `pricing.price`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import structlog
from flask_babel import gettext as _

from shop.blueprints.cart.pricing import price, verified
from shop.blueprints.cart.quote import Quote
from shop.plugins import PluginFailed, attempted, bounded, count_failure, registry
from shop.plugins.api import (
    CartFacts,
    CartRule,
    CartTerm,
    Discount,
    LimitedCartRule,
    Objection,
    Refused,
)
from shop.plugins.terms.cart_rules import checked_term

log = structlog.get_logger(__name__)


class FactsChanged(Exception):
    """A rule has changed what it was told, which all rules and the price rest on."""


def quote(cart: CartFacts) -> Quote:
    """What a cart costs. Never raises: what can't be worked out can't be ordered either, and says so."""
    try:
        return verified(cart, price(cart, _said(cart)))
    except PluginFailed:
        return price(cart, [Objection(_failed())])
    except Exception as error:
        log.exception("cart.not_priced")
        count_failure("cart", "cart_rules", "all rules together", error)
        return price(cart, [Objection(_failed())])


def _terms(rule: CartRule, cart: CartFacts, facts: int) -> list[CartTerm]:
    """What one rule says. `facts` is the hash of the cart as it was before any rule was asked.

    Raises:
        TypeError, ValueError: it is of no type that a rule may answer, or can't be true, or there is no end of it.
        FactsChanged: it went around what is frozen.
    """
    terms = [checked_term(term) for term in bounded(rule.terms(cart))]
    if hash(cart) != facts:
        raise FactsChanged
    return terms


def _said(cart: CartFacts) -> Iterable[CartTerm]:
    said: list[CartTerm] = []
    facts = hash(cart)
    for rule in registry().cart_rules:
        said.extend(attempted("cart_rules", rule, partial(_terms, rule, cart, facts)))
    if cart.code and not any(_answers(term, cart.code) for term in said):
        said.append(
            Objection(_("We don’t know this code. Check that you typed it correctly."), "code")
        )
    return said


def _answers(term: CartTerm, code: str) -> bool:
    if isinstance(term, Discount):
        return term.code == code
    return isinstance(term, Objection) and term.field == "code"


def claim(cart: CartFacts, order_id: int) -> None:
    """Count what is limited for an order that was placed just now, in its unit of work.

    Raises:
        Refused: something can't be had any more, or a rule failed: nothing is sold on an error.
    """
    for rule in registry().cart_rules:
        if not isinstance(rule, LimitedCartRule):
            continue
        try:
            attempted(
                "cart_rules",
                rule,
                partial(rule.claim, cart, order_id=order_id),
                lets_through=(Refused,),
            )
        except PluginFailed as error:
            raise Refused(_failed()) from error


def takes_codes() -> bool:
    """Whether there is a rule at all that a code could be for."""
    return any(rule.takes_codes for rule in registry().cart_rules)


def _failed() -> str:
    return str(_("We can’t calculate the price at the moment. Please try again in a few minutes."))
