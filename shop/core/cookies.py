"""Cookies: every one of ours is SameSite=Lax, is hidden from scripts unless they need it, and is Secure behind HTTPS.

A page that anyone may see sets none; see `shop.core.page_cache`.
"""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask.sansio.app import App
from flask.sessions import SecureCookieSessionInterface

from shop.core.security import base_url
from shop.core.tokens import DIGEST


def set_cookie(
    response: Response, name: str, value: str, *, seconds: int, for_scripts: bool = False
) -> None:
    """Let the visitor's browser keep a value for so many seconds. `for_scripts`: JavaScript may read it."""
    response.set_cookie(name, value, max_age=seconds, **_attributes(for_scripts=for_scripts))


def forget_cookie(response: Response, name: str, *, for_scripts: bool = False) -> None:
    """Let the browser forget a cookie that was set with the same `for_scripts`. What this very answer sets, stays."""
    if any(each.startswith(f"{name}=") for each in response.headers.getlist("Set-Cookie")):
        return
    response.delete_cookie(name, **_attributes(for_scripts=for_scripts))


def must_be_secure() -> bool:
    """Whether a cookie may travel by HTTPS only: where the site is reached by it, or this request was."""
    return request.is_secure or base_url().startswith("https://")


def _attributes(*, for_scripts: bool) -> dict[str, Any]:
    return {"httponly": not for_scripts, "samesite": "Lax", "secure": must_be_secure()}


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions in a signed cookie, under the same rule as every other one."""

    digest_method = staticmethod(DIGEST)

    def get_cookie_secure(self, _app: App) -> bool:
        return must_be_secure()
