"""Getting no more of a kind of mail: by a button behind a link in it, or by one in the mail program (RFC 8058).

A mail that may be left carries `headers(address)`. The page at that address shows a button on GET, because mail
programs open every link, and leaves on POST. The view that leaves is marked with `one_click` and answers with
`unsubscribed`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from shop.core.web.security import cross_site_allowed, is_same_origin

P = ParamSpec("P")

_FIELD, _VALUE = "List-Unsubscribe", "One-Click"


def headers(address: str) -> dict[str, str]:
    """What lets a mail program offer a button of its own (RFC 2369, RFC 8058). `address` is absolute."""
    return {_FIELD: f"<{address}>", f"{_FIELD}-Post": f"{_FIELD}={_VALUE}"}


def one_click(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Mark the view that leaves: a mail program may post to it from anywhere, anyone else from our pages only."""

    @wraps(view)
    def inside(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not is_one_click() and not is_same_origin():
            abort(403)
        return view(*args, **kwargs)

    return cross_site_allowed(inside)


def is_one_click() -> bool:
    """Whether a mail program asks, and not a person on our page."""
    return request.form.get(_FIELD) == _VALUE


def unsubscribed(said: str, page: str) -> ResponseReturnValue:
    """A mail program wants no redirect (RFC 8058, 3.2) and gets the words `said`; a person is led to `page`."""
    if is_one_click():
        return said, 200, {"Content-Type": "text/plain; charset=utf-8"}
    return redirect(page, 303)
