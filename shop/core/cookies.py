"""Cookies: every one of ours is SameSite=Lax, is hidden from scripts unless they need it, and is Secure behind HTTPS.

Behind HTTPS its name begins with `__Host-`: then a browser takes it from this host alone, never from a neighbour under
the same domain or from plain HTTP (RFC 6265bis, 4.1.3.2).

A page that anyone may see sets none; see `shop.core.page_cache`.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from flask.sansio.app import App
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from shop.core.security import base_url
from shop.core.tokens import DIGEST, SiteTimeSigner


def set_cookie(
    response: Response, name: str, value: str, *, seconds: int, for_scripts: bool = False
) -> None:
    """Let the visitor's browser keep a value for so many seconds. `for_scripts`: JavaScript may read it."""
    response.set_cookie(
        sent_name(name), value, max_age=seconds, **_attributes(for_scripts=for_scripts)
    )


def forget_cookie(response: Response, name: str, *, for_scripts: bool = False) -> None:
    """Let the browser forget a cookie that was set with the same `for_scripts`. What this very answer sets, stays."""
    sent = sent_name(name)
    if any(each.startswith(f"{sent}=") for each in response.headers.getlist("Set-Cookie")):
        return
    response.delete_cookie(sent, **_attributes(for_scripts=for_scripts))


def cookie(name: str) -> str | None:
    """What the visitor's browser keeps under a name of ours; None when it keeps nothing."""
    return request.cookies.get(sent_name(name))


def sent_name(name: str) -> str:
    """The name under which a cookie of ours travels."""
    return f"__Host-{name}" if must_be_secure() else name


def must_be_secure() -> bool:
    """Whether a cookie may travel by HTTPS only: where the site is reached by it, or this request was."""
    return request.is_secure or base_url().startswith("https://")


def _attributes(*, for_scripts: bool) -> dict[str, Any]:
    return {"httponly": not for_scripts, "samesite": "Lax", "secure": must_be_secure()}


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions in a signed cookie, under the same rule as every other one."""

    digest_method = staticmethod(DIGEST)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = SiteTimeSigner
        return serializer

    def get_cookie_name(self, app: Flask) -> str:
        return sent_name(super().get_cookie_name(app))

    def get_cookie_secure(self, _app: App) -> bool:
        return must_be_secure()
