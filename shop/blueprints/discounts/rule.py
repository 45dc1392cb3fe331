"""What a code does to a cart."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _

from shop.blueprints.discounts import counting, queries
from shop.blueprints.discounts.models import DiscountCode, DiscountKind
from shop.core.money import format_rate
from shop.plugins.api import CartFacts, CartTerm, Discount, Objection


class DiscountRule:
    """A `LimitedCartRule`: one code at a time, which may have been used as often as it may."""

    name = "discounts"
    takes_codes = True

    def terms(self, cart: CartFacts) -> Iterable[CartTerm]:
        """The discount, or why there is none; nothing for a code that is not ours."""
        code = queries.code_named(cart.code) if cart.code else None
        if code is None:
            return
        bound = queries.product_ids_of(code)
        lines = frozenset(
            line.variant_id for line in cart.lines if not bound or line.product_id in bound
        )
        refusal = _refusal(code, cart, lines)
        yield Objection(refusal, "code") if refusal else _discount(code, lines if bound else None)

    def claim(self, cart: CartFacts, *, order_id: int) -> None:
        """Count a use.

        Raises:
            Refused: the last use was just taken, or this buyer has used it before.
        """
        code = queries.code_named(cart.code) if cart.code else None
        if code is not None:
            counting.count_use(code, order_id=order_id, email=cart.email)


def _refusal(code: DiscountCode, cart: CartFacts, lines: frozenset[int]) -> str:
    """Why the code does nothing here and now; empty when it does."""
    if not code.is_on:
        return str(_("This code is no longer accepted."))
    if code.is_to_come:
        return str(_("This code is not valid yet."))
    if code.is_over:
        return str(_("This code has expired."))
    if code.is_used_up and not counting.has_room(code, cart.reference):
        return str(counting.USED_UP)
    if not lines:
        return str(_("This code does not apply to the items in your cart."))
    if code.kind == DiscountKind.SHIPPING and not cart.needs_shipping:
        return str(
            _("This code is for free shipping, but nothing in your cart needs to be shipped.")
        )
    if code.kind == DiscountKind.AMOUNT and code.currency != cart.currency:
        return str(_("This code is for another currency."))
    if code.once_a_customer and cart.email and counting.had_theirs(code, cart):
        return str(counting.ONCE_ONLY)
    return ""


def _discount(code: DiscountCode, lines: frozenset[int] | None) -> Discount:
    label = code.code
    if code.kind == DiscountKind.PERCENT and code.percent:
        label = f"{code.code} ({format_rate(code.percent)})"
    return Discount(
        label=label,
        percent=code.percent or 0,
        amount_minor=code.amount_minor or 0,
        variant_ids=lines,
        frees_shipping=code.kind == DiscountKind.SHIPPING,
        code=code.code,
    )
