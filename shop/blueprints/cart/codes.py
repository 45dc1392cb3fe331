"""Codes as buyers type them."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import gettext as _

from shop.blueprints.cart import quoting
from shop.blueprints.cart.models import MAX_CODE
from shop.blueprints.cart.queries import CartContents
from shop.blueprints.cart.quoting import BuyerFacts
from shop.core import text
from shop.core.errors import Refused


def normal(typed: str) -> str:
    """A code as it is stored: in capitals, without spaces around it."""
    return text.clean_line(typed).upper() if not text.has_control_characters(typed) else ""


def accepted(contents: CartContents, typed: str, buyer: BuyerFacts | None = None) -> str:
    """The code that was typed, if it does anything for this cart.

    Raises:
        Refused: it is none, or does not hold here and now; `field` is code.
    """
    code = normal(typed)
    if not code or len(code) > MAX_CODE:
        raise Refused(_("Type the code as you got it."), field="code")
    quote = quoting.quote(quoting.facts_of(replace(contents, code=code), buyer))
    if not any(discount.code == code for discount in quote.discounts):
        raise Refused(quote.objection_to("code") or quote.objection_to(""), field="code")
    return code
