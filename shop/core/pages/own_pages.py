"""Pages that are the same for everyone, and for one browser hold something of its own besides.

Such a browser keeps a cookie for the address of that page alone. It says no more than that the page is to be made for
this visitor: the kept pages step aside (`shop.core.pages.cache`), and what the page shows is decided by who the
visitor is. Everyone else's page is untouched, with or without JavaScript.
"""

from __future__ import annotations

from flask import Response, after_this_request, request

from shop.core.pages import page_cache
from shop.core.web.cookies import cookie, forget_cookie, set_cookie

COOKIE = "own_page"
SECONDS = 30 * 24 * 3600


def make_own(response: Response, path: str) -> Response:
    """From now on the page at `path` is made for this browser."""
    set_cookie(response, COOKIE, "1", seconds=SECONDS, path=path)
    return response


def is_own() -> bool:
    """Whether the page being made is for this browser alone. Then nobody else may see it, and it is not kept."""
    if cookie(COOKIE, request.path) is None:
        return False
    page_cache.private_page()
    return True


def has_nothing_own(path: str) -> None:
    """The page at `path` holds nothing of this browser any more: from the next time on it is everyone's."""

    @after_this_request
    def forget(response: Response) -> Response:
        forget_cookie(response, COOKIE, path=path)
        return response
