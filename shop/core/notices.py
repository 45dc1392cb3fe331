"""One-time messages: said after a redirect, shown once, gone on reload.

They travel in a short signed cookie of their own and not in the session, so that a visitor who only wrote to us has no
session, and a page that is the same for everyone is made afresh just for the one request that carries a message.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, g, request

from shop.core import tokens
from shop.core.errors import ShopError

COOKIE = "notice"
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Notice:
    """`level` is success, info or error."""

    level: str
    text: str


def notify(text: str, level: str = "success") -> None:
    """Show `text` on the next page that this visitor sees."""
    g.setdefault("notices", []).append(Notice(level, str(text)))


def take() -> list[Notice]:
    """What is to be shown on the page being made; afterwards it is gone."""
    notices = _carried() + g.pop("notices", [])
    if notices:
        # The page now holds one visitor's message.
        g.public_page = False
    return notices


def carry(response: Response) -> Response:
    """After the request: what was not shown travels on; what was shown is forgotten."""
    waiting = g.get("notices", [])
    if waiting:
        value = tokens.sign("notice", [[notice.level, notice.text] for notice in waiting[-5:]])
        response.set_cookie(
            COOKIE, value, max_age=SECONDS, httponly=True, samesite="Lax", secure=request.is_secure
        )
    elif g.get("notices_taken") and COOKIE in request.cookies:
        response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _carried() -> list[Notice]:
    if g.get("notices_taken"):
        return []
    g.notices_taken = True
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return []
    try:
        return [
            Notice(level, text) for level, text in tokens.unsign("notice", cookie, max_age=SECONDS)
        ]
    except ShopError:
        return []
