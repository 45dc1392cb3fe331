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
    token = "" if sessions.has_ended() else (cookie(TOKEN) or "")
    return queries.cart_by_token(token) if _TOKEN.fullmatch(token) else None


@sessions.at_sign_out
def forget_cart(response: Response) -> Response:
    """Let the browser lose its cart, and with it the note and the address that its buyer gave."""
    return remember(response, None)


@dataclass(frozen=True, slots=True)
class Held:
    """What the cookies say of a cart."""

    token: str
    count: int


def what_to_say(cart: Cart) -> Held:
    """What they say of it now. Asked inside a unit of work, it saves reading the cart once more after that."""
    return Held(cart.token, queries.count(cart))


def remember(response: Response, cart: Cart | Held | None) -> Response:
    """Set or renew the cookies, as the cart is now; without a cart, forget what is left of one."""
    if cart is None:
        for name in (TOKEN, COUNT):
            if cookie(name) is not None:
                forget_cookie(response, name, for_scripts=name == COUNT)
        return response
    said = cart if isinstance(cart, Held) else what_to_say(cart)
    set_cookie(response, TOKEN, said.token, seconds=SECONDS)
    set_cookie(response, COUNT, str(said.count), seconds=SECONDS, for_scripts=True)
    return response
