"""The two cookies by which a visitor and a cart find each other.

`cart` holds the token and is for us alone; `cart_count` is for the badge's script, since pages are the same for all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Response, request

from shop.blueprints.accounts.signing_in import sessions
from shop.blueprints.cart import queries
from shop.blueprints.cart.models import Cart
from shop.core.web.cookies import cookie, forget_cookie, set_cookie
from shop.extensions import limiter

TOKEN, COUNT = "cart", "cart_count"
SECONDS = 30 * 24 * 3600

# Someone who tries many codes is guessing.
CODES_LIMITED = limiter.shared_limit(
    "20 per minute; 100 per hour",
    scope="codes",
    exempt_when=lambda: not request.form.get("code"),
)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,60}", re.ASCII)


def cart_of_visitor() -> Cart | None:
    """The cart of whoever is asking; a token that we never gave out opens none, and what was left by a person whose
    session has ended is nobody's.
    """
    token = _token_of_visitor()
    return queries.cart_by_token(token) if token else None


def key_of_visitor() -> str:
    """The `link_key` of that cart, though it may have been swept away; empty without one."""
    token = _token_of_visitor()
    return Cart.key_of(token) if token else ""


def _token_of_visitor() -> str:
    token = "" if sessions.has_ended() else (cookie(TOKEN) or "")
    return token if _TOKEN.fullmatch(token) else ""


@sessions.at_sign_out
def forget_cart(response: Response) -> Response:
    """Let the browser lose its cart, and with it the note and the address that its buyer gave."""
    return remember(response, None)


@dataclass(frozen=True, slots=True)
class Held:
    """What the cookies say of a cart: who knows it need not read the cart for them."""

    token: str
    count: int


def remember(response: Response, cart: Cart | Held | None) -> Response:
    """Set or renew the cookies, as the cart is now; without a cart, forget what is left of one."""
    if cart is None:
        for name in (TOKEN, COUNT):
            if cookie(name) is not None:
                forget_cookie(response, name, for_scripts=name == COUNT)
        return response
    said = cart if isinstance(cart, Held) else Held(cart.token, queries.count(cart))
    set_cookie(response, TOKEN, said.token, seconds=SECONDS)
    set_cookie(response, COUNT, str(said.count), seconds=SECONDS, for_scripts=True)
    return response
