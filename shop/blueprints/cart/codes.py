"""Discount codes as buyers type them."""

from __future__ import annotations

from flask_babel import gettext as _

from shop.blueprints.cart.basket import Basket
from shop.blueprints.cart.models import MAX_CODE
from shop.core import text
from shop.plugins.api import Refused


def normal(typed: str) -> str:
    """A code as it is stored: in capitals, without spaces around it."""
    return text.clean_line(typed).upper() if not text.has_control_characters(typed) else ""


def redeemed(basket: Basket, typed: str) -> Basket:
    """The basket, priced with the code that was typed, if it does anything for it.

    Raises:
        Refused: it is not a code, or does not hold here and now; `field` is code.
    """
    code = normal(typed)
    if not code or len(code) > MAX_CODE:
        raise Refused(_("Enter the code exactly as you received it."), field="code")
    cheaper = basket.with_code(code)
    quote = cheaper.quote
    if not any(discount.code == code for discount in quote.discounts):
        raise Refused(quote.objection_to("code") or quote.objection_to(""), field="code")
    return cheaper
