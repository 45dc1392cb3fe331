"""What machines ask: probes, figures, whom to tell of a weakness."""

from __future__ import annotations

import hmac
import ipaddress
from datetime import timedelta

from flask import Blueprint, Response, abort, request

from shop.blueprints.health.states import Unwell
from shop.core import clock
from shop.core.app_state import app_state
from shop.core.site import site
from shop.core.text import clean_line
from shop.core.web.hosts import is_for_this_machine_alone
from shop.core.web.security import absolute_url, base_url
from shop.plugins import registry
from shop.plugins.api import public_page
from shop.plugins.guard import checking

bp = Blueprint("health", __name__)

PROBE_SECONDS = 5.0
"""How long a vital check may take: longer than a database may, and short enough for whoever probes."""
VALID_FOR = timedelta(days=180)
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


@bp.get("/healthz")
def alive() -> Response:
    """The process answers. Asks nobody else, so that a database that is away does not restart it."""
    return _plain("ok\n")


@bp.get("/readyz")
def ready() -> Response:
    """Whether pages can be made: 200, or 503 with what is missing."""
    lines, status = [], 200
    for answer in checking.ask_all(vital_only=True, seconds=PROBE_SECONDS):
        if answer.error is None:
            lines.append(f"ok    {answer.check.name}: {answer.words}")
            continue
        status = 503
        words = str(answer.error) if isinstance(answer.error, Unwell) else "See `shop doctor`."
        lines.append(f"ERROR {answer.check.name}: {words}")
    return _plain("\n".join([*lines, ""]), status)


@bp.get("/metrics")
def metrics() -> Response:
    """Figures for Prometheus, for this machine or the bearer of SHOP_METRICS_TOKEN."""
    if not _is_bearer() and not _is_this_machine():
        abort(403)
    # Here, because it loads the client of Prometheus, which most sites never ask.
    from shop.blueprints.health.metrics import CONTENT_TYPE, as_text

    return Response(as_text(), content_type=CONTENT_TYPE)


@bp.get("/.well-known/security.txt")
def security_txt() -> Response:
    """Whom to tell of a weakness (RFC 9116)."""
    contact = _security_contact()
    if not contact:
        abort(404)
    public_page("settings")
    expires = (clock.now() + VALID_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    return _plain(
        f"Contact: {contact}\n"
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}\n"
        f"Preferred-Languages: {site().language}\n"
        f"Canonical: {base_url()}/.well-known/security.txt\n"
    )


def _security_contact() -> str:
    """An address of the settings as a URI, else the contact page."""
    for address in (site().security_contact, site().owner_email):
        address = clean_line(address)
        if address.startswith(("https://", "mailto:", "tel:")):
            return address
        if "@" in address:
            return f"mailto:{address}"
    return absolute_url("contact.write") if registry().has("contact") else ""


def _is_bearer() -> bool:
    token = app_state().config.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def _is_this_machine() -> bool:
    """Whether the request was made here, on a site for this machine alone.

    In front of a public site stands a proxy, perhaps on this machine, and what it passes on seems to be made here.
    """
    if not is_for_this_machine_alone(app_state().config):
        return False
    if not app_state().config.trusted_proxies and any(
        name in request.headers for name in _FORWARDED
    ):
        return False
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:  # a Unix socket, whose other end nobody knows
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
