"""What guards every answer and every form: response headers, the cross-site guard, local redirects.

Forms carry no token, because pages are the same bytes for everyone. A form that another site sends is recognised by
`Sec-Fetch-Site`, which every current browser adds and no page can change, or by `Origin` from older ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request

from shop.core.app_state import app_state

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
F = TypeVar("F", bound=Callable[..., Any])


def content_security_policy(form_targets: Iterable[str] = ()) -> str:
    """Only our own files, no inline code. `form_targets`: origins that a form's redirect may lead to (payment)."""
    return "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            " ".join(("form-action 'self'", *form_targets)),
        )
    )


def install(app: Flask, *, form_targets: Iterable[str], https: bool) -> None:
    """Guard an application."""
    policy = content_security_policy(form_targets)

    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response

    app.before_request(refuse_other_sites)
    app.after_request(add_headers)


def cross_site_allowed(view: F) -> F:
    """Mark a view that others may POST to: a provider's webhook, a mail program's one-click unsubscribe."""
    view.cross_site_allowed = True  # type: ignore[attr-defined]
    return view


def refuse_other_sites() -> None:
    """Answer 403 to a form that was not sent by a page of ours."""
    if request.method in SAFE_METHODS:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "cross_site_allowed", False):
        return
    if not is_same_origin():
        abort(403)


def is_same_origin() -> bool:
    """True for a request that a page of ours sent, or no browser at all (no cookie to steal there)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc in {request.host, urlsplit(base_url()).netloc}
    except ValueError:  # no browser sends an origin that can't be read
        return False


def local_target(target: str | None, fallback: str) -> str:
    """`target` when it leads to a page of this site, else `fallback`. For `?next=`."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return fallback
    parts = urlsplit(target)
    if (
        parts.scheme
        or parts.netloc
        or any(ord(character) < 32 for character in target)
        or "\\" in target
    ):
        return fallback
    return target


def base_url() -> str:
    """The configured origin, e.g. `https://shop.example`: never what a Host header claims."""
    return app_state().config.base_url


def absolute_url(endpoint: str, **values: Any) -> str:
    """The address of a page for mails, feeds and meta data; works in jobs too, where there is no request."""
    adapter = current_app.url_map.bind(urlsplit(base_url()).netloc)
    return base_url() + adapter.build(endpoint, values)
