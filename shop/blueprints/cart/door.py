"""How a visitor and a cart find each other: two cookies.

`cart` holds the token and is for us alone; `cart_count` is for the badge's script, since pages are the same for all.
"""

from __future__ import annotations

from flask import Response, request

from shop.blueprints.cart import queries, services
from shop.blueprints.cart.models import Cart

TOKEN, COUNT = "cart", "cart_count"
SECONDS = 30 * 24 * 3600


def cart_of_visitor() -> Cart | None:
    """The cart of whoever is asking."""
    token = request.cookies.get(TOKEN, "")
    return queries.cart_by_token(token) if 0 < len(token) <= 40 else None


def remember(response: Response, cart: Cart | None) -> Response:
    """Set or renew the cookies, as the cart is now."""
    if cart is None:
        if COUNT in request.cookies:
            response.delete_cookie(COUNT, samesite="Lax", secure=request.is_secure)
        return response
    response.set_cookie(
        TOKEN, cart.token, max_age=SECONDS, httponly=True, samesite="Lax", secure=request.is_secure
    )
    response.set_cookie(
        COUNT, str(services.count(cart)), max_age=SECONDS, samesite="Lax", secure=request.is_secure
    )
    return response
