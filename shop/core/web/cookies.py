"""Cookies: every one of ours is SameSite=Lax, is hidden from scripts unless they need it, and is Secure behind HTTPS.

Behind HTTPS its name begins with `__Host-`: then a browser takes it from this host alone, never from a neighbour under
the same domain or from plain HTTP (RFC 6265bis, 4.1.3.2). One for a single address can't have that, and begins with
`__Secure-`: it must open nothing.

A page that anyone may see sets none; see `shop.core.pages.page_cache`.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, Response, request
from flask.sansio.app import App
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from shop.core.secrets.tokens import DIGEST, SiteTimeSigner
from shop.core.web.security import base_url


def set_cookie(
    response: Response,
    name: str,
    value: str,
    *,
    seconds: int,
    for_scripts: bool = False,
    path: str = "/",
) -> None:
    """Let the visitor's browser keep a value for so many seconds. `for_scripts`: JavaScript may read it. It comes only
    with what is asked for under `path`.
    """
    attributes = _attributes(for_scripts=for_scripts)
    response.set_cookie(sent_name(name, path), value, max_age=seconds, path=path, **attributes)


def forget_cookie(
    response: Response, name: str, *, for_scripts: bool = False, path: str = "/"
) -> None:
    """Let the browser forget a cookie that was set with the same `for_scripts` and `path`. What this very answer sets,
    stays.
    """
    sent = sent_name(name, path)
    if any(each.startswith(f"{sent}=") for each in response.headers.getlist("Set-Cookie")):
        return
    response.delete_cookie(sent, path=path, **_attributes(for_scripts=for_scripts))


def cookie(name: str, path: str = "/") -> str | None:
    """What the visitor's browser keeps under a name of ours, set for `path`; None when it keeps nothing."""
    sent, kept = sent_name(name, path), request.cookies
    return kept[sent] if sent in kept else None  # noqa: SIM401 - `get` makes an error of HTTP first


def sent_name(name: str, path: str = "/") -> str:
    """The name under which a cookie of ours travels."""
    if not must_be_secure():
        return name
    return f"__Host-{name}" if path == "/" else f"__Secure-{name}"


def must_be_secure() -> bool:
    """Whether a cookie may travel by HTTPS only: where the site is reached by it, or this request was."""
    return request.is_secure or base_url().startswith("https://")


def _attributes(*, for_scripts: bool) -> dict[str, Any]:
    return {"httponly": not for_scripts, "samesite": "Lax", "secure": must_be_secure()}


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions in a signed cookie, under the same rule as every other one."""

    digest_method = staticmethod(DIGEST)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The visitor's session. Who brings none gets an empty one, without a look at the keys."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = SiteTimeSigner
        return serializer

    def get_cookie_name(self, app: Flask) -> str:
        return sent_name(super().get_cookie_name(app))

    def get_cookie_secure(self, _app: App) -> bool:
        return must_be_secure()
