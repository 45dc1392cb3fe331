"""One-time messages: said after a redirect, shown once, gone on reload.

They travel in a short signed cookie of their own and not in the session, so that a visitor who only wrote to us has no
session, and a page that is the same for everyone is made again just for the one request that carries a message.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

from flask import Response, g

from shop.core.errors import ShopError
from shop.core.pages import page_cache
from shop.core.secrets import tokens
from shop.core.web.cookies import cookie, forget_cookie, set_cookie

COOKIE = "notice"
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Notice:
    """`level` is success, info or error. `undo_url` is where a POST takes back what was done, if it can be. `more` is a
    second line."""

    level: str
    text: str
    undo_url: str = ""
    more: str = ""


def notify(text: str, level: str = "success", *, undo_url: str = "", more: str = "") -> None:
    """Show `text` on the next page that this visitor sees, once. Say it, then redirect.

    Args:
        text: one sentence, plain text.
        level: `success`, `info` or `error`.
        undo_url: where a POST takes back what was done; a button is shown then.
        more: what the visitor has to do or to expect next: one sentence, on a line of its own.
    """
    g.setdefault("notices", []).append(Notice(level, str(text), undo_url, str(more)))


def take() -> list[Notice]:
    """What is to be shown on the page being made; asked again in the same request, the same."""
    if "shown_notices" not in g:
        g.shown_notices = [*_carried(), *g.pop("notices", [])]
        if g.shown_notices:
            page_cache.private_page()
    shown: list[Notice] = g.shown_notices
    return shown


def carry(response: Response) -> Response:
    """After the request: what was not shown travels on; what was shown is forgotten."""
    waiting = g.get("notices", [])
    if waiting:
        value = tokens.sign("notice", [astuple(notice) for notice in waiting[-5:]])
        set_cookie(response, COOKIE, value, seconds=SECONDS)
    elif "shown_notices" in g and cookie(COOKIE) is not None:
        forget_cookie(response, COOKIE)
    return response


def _carried() -> list[Notice]:
    kept = cookie(COOKIE)
    if not kept:
        return []
    try:
        return [Notice(*parts) for parts in tokens.unsign("notice", kept, max_age=SECONDS)]
    except (ShopError, TypeError):  # not ours, too old, or of another version's shape
        return []
