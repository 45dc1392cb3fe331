"""What guards every answer and every form: response headers, the cross-site guard, local redirects.

Forms carry no token, because pages are the same bytes for everyone. A form that another site sends is recognised by
`Sec-Fetch-Site`, which every current browser adds and no page can change, or by `Origin` or `Referer` from older ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request

from shop.core.app_state import app_state
from shop.core.text import is_path
from shop.core.web.application import path_for

STATIC_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""Of a file that is opened by itself: an SVG may be drawn, and nothing in it runs."""

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

    added = fixed_headers(policy, https=https)

    def add_headers(response: Response) -> Response:
        said = {name.lower() for name, _value in response.headers}
        response.headers.extend(pair for pair in added.items() if pair[0].lower() not in said)
        return response

    app.before_request(refuse_other_sites)
    app.after_request(add_headers)


def fixed_headers(policy: str, *, https: bool) -> dict[str, str]:
    """What every answer says, a static file's too."""
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def shown_elsewhere(response: Response) -> Response:
    """Let a page of another origin show this picture: a mail is read in the page of a mail provider."""
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


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
    sender = request.headers.get("Origin") or request.headers.get("Referer")
    return not sender or _origin_of(sender) in _our_origins()


def _origin_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:  # no browser sends an address that can't be read
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _our_origins() -> set[str]:
    """The configured one, and the one that was asked for, unless only that one can be changed on its way."""
    configured, asked_for = base_url(), f"{request.scheme}://{request.host}"
    is_weaker = configured.startswith("https:") and request.scheme == "http"
    return {configured} if is_weaker else {configured, asked_for}


def local_target(target: str | None, fallback: str) -> str:
    """`target` when it leads to a page of this site, else `fallback`. For `?next=`."""
    return target if target and is_path(target) else fallback


def base_url() -> str:
    """The configured origin, e.g. `https://shop.example`: never what a Host header claims."""
    return app_state().config.base_url


def absolute_url(endpoint: str, **values: Any) -> str:
    """The address of a page for mails, feeds and meta data; works in jobs too, where there is no request."""
    return base_url() + path_for(endpoint, **values)
