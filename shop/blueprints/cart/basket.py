"""One basket: what is in a cart, what is known of its buyer, and what it costs.

It is made here alone and handed on as it is: to the cart's pages, to the checkout and its form, to the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask_babel import gettext as _

from shop.blueprints.cart import rules
from shop.blueprints.cart.lines import BasketLine, lines_of
from shop.blueprints.cart.models import Cart
from shop.blueprints.cart.quote import Quote
from shop.core.site import site
from shop.plugins.api import BasketView, CartFacts, CartFactsLine, format_money


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """What a buyer has said that prices may depend on; empty is not said yet."""

    email: str = ""
    country: str = ""
    tax_number: str = ""
    shipping_choice: str = ""


NOBODY = BuyerFacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """The lines of a cart, what the rules were told about them and of the buyer, and the quote that came of it.

    `cart_id` is None for a visitor without a cart. `facts` hold the lines that can be ordered, and no others.
    """

    cart_id: int | None
    lines: tuple[BasketLine, ...]
    note: str
    facts: CartFacts
    quote: Quote

    def with_code(self, code: str) -> Basket:
        """The same basket, priced with another code, or with none."""
        facts = replace(self.facts, code=code)
        return replace(self, facts=facts, quote=rules.quote(facts))

    def bought_by(self, buyer: BuyerFacts) -> Basket:
        """The same basket, priced for what is known of a buyer now."""
        facts = _told(self.facts, buyer)
        return replace(self, facts=facts, quote=rules.quote(facts))

    @property
    def currency(self) -> str:
        """That of its first line, or of the site."""
        return self.facts.currency

    @property
    def code(self) -> str:
        """The code that it has, whether or not it holds."""
        return self.facts.code

    @property
    def takes_codes(self) -> bool:
        """Whether there is a rule at all that a code could be for."""
        return rules.takes_codes()

    @property
    def subtotal_minor(self) -> int:
        """The sum of the lines that can be ordered."""
        return self.facts.subtotal_minor

    @property
    def subtotal_text(self) -> str:
        """The sum as people write it."""
        return format_money(self.subtotal_minor, self.currency)

    @property
    def needs_address(self) -> bool:
        """Whether anything has to be sent."""
        return any(not line.is_digital for line in self.lines)

    @property
    def is_orderable(self) -> bool:
        """Whether it can be checked out as it is."""
        return bool(self.lines) and all(line.is_orderable for line in self.lines)

    @property
    def count(self) -> int:
        """How many items are in it."""
        return sum(line.quantity for line in self.lines)

    @property
    def view(self) -> BasketView:
        """What plugins see of it."""
        return BasketView(
            cart_id=self.cart_id,
            lines=tuple(line.view for line in self.lines),
            currency=self.currency,
            code=self.code,
            note=self.note,
            subtotal_minor=self.subtotal_minor,
            total_minor=self.quote.total_minor,
            is_orderable=self.is_orderable,
        )

    @property
    def fine_print(self) -> str:
        """What the sum holds, and what it does not. Of tax nothing, where no rule knows: the owner's words do."""
        adds_tax = self.quote.adds_tax
        has_tax = self.quote.settles_tax and not adds_tax
        if self.needs_address and adds_tax:
            return str(_("Tax and shipping are calculated at checkout."))
        if self.needs_address and has_tax:
            return str(_("Tax included. Shipping is calculated at checkout."))
        if self.needs_address:
            return str(_("Shipping is calculated at checkout."))
        if adds_tax:
            return str(_("Tax is calculated at checkout."))
        return str(_("Tax included.")) if has_tax else ""


def basket_of(
    cart: Cart | None, buyer: BuyerFacts = NOBODY, *, messages: Mapping[int, str] | None = None
) -> Basket:
    """What is in a cart now, and what it costs this buyer. Never raises: what can't be priced can't be ordered.

    Args:
        messages: what a change just now led to, by item id; else a line says when it no longer fits.
    """
    lines = lines_of(cart, messages or {}) if cart else ()
    facts = _told(
        CartFacts(
            lines=tuple(_facts_of(line) for line in lines if line.is_orderable),
            currency=lines[0].currency if lines else site().currency,
            code=cart.code if cart else "",
            reference=(cart.held_as or "") if cart else "",
        ),
        buyer,
    )
    return Basket(
        cart_id=cart.id if cart else None,
        lines=lines,
        note=cart.note if cart else "",
        facts=facts,
        quote=rules.quote(facts),
    )


def _told(facts: CartFacts, buyer: BuyerFacts) -> CartFacts:
    return replace(
        facts,
        email=buyer.email.lower(),
        country=buyer.country,
        tax_number=buyer.tax_number,
        shipping_choice=buyer.shipping_choice,
    )


def _facts_of(line: BasketLine) -> CartFactsLine:
    return CartFactsLine(
        line.variant_id,
        line.product_id,
        line.unit_price_minor,
        line.quantity,
        line.is_digital,
        line.weight_grams,
    )
