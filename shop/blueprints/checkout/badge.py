"""The cart's badge on the page of an order."""

from __future__ import annotations

from flask import Response

from shop.blueprints.cart import cookies
from shop.core.web.cookies import cookie


def mend(_order_id: int, response: Response) -> None:
    """A cart that was paid for while its buyer looked at the order is empty now: its badge must say so."""
    if cookie(cookies.COUNT) is not None:
        cookies.remember(response, cookies.cart_of_visitor())
