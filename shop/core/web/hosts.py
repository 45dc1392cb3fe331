"""By which names this site may be asked for. A request for another one is refused before anything is made of it.

Else a redirect, a kept page or a mistaken rule could be led by whoever forges a Host header, and a page of another name
that is pointed at this machine could read what we answer (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from shop.config import Config
from shop.core.observing.request_watch import AtOnce, answer_nothing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^\s:/@\\?#\[\]]+)(?::\d*)?")
MOST_SPELLINGS = 100
"""Of our own names that are remembered; a Host header may have upper case and any port."""
PROBES = frozenset({"/healthz", "/readyz"})
"""What a load balancer asks for by whatever address it has, and what no answer is led by."""


class Configured(Protocol):
    """Whose configuration may become another one, as in tests."""

    config: Config


class HostGuard:
    """A WSGI layer that answers 421 (RFC 9110, 15.5.20) when a request is for somebody else's name."""

    def __init__(
        self, app: WSGIApplication, site: Configured, at_once: AtOnce = answer_nothing
    ) -> None:
        self._app = app
        self._at_once = at_once
        self._site = site
        self._known: tuple[Config, set[str]] = (site.config, set())
        """Hosts that this site was asked for by before, as they were written, and what they were judged by."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host, (judged_by, known) = environ.get("HTTP_HOST", ""), self._known
        is_known = host in known and judged_by is self._site.config
        if is_known or self._is_ours(host) or environ.get("PATH_INFO") in PROBES:
            return self._app(environ, start_response)
        text = b"This site is not known by that name. See SHOP_BASE_URL and SHOP_ALLOWED_HOSTS.\n"
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(text))),
            ("Cache-Control", "no-store"),
        ]
        start_response("421 Misdirected Request", headers)
        return [text]

    def at_once(self, environ: WSGIEnvironment) -> tuple[list[tuple[str, str]], bytes] | None:
        """What is answered without asking anybody, under a name that was judged before."""
        judged_by, known = self._known
        if environ.get("HTTP_HOST", "") in known and judged_by is self._site.config:
            return self._at_once(environ)
        return None

    def _is_ours(self, host: str) -> bool:
        config, (judged_by, known) = self._site.config, self._known
        if not may_be_asked_for(host, config):
            return False
        if judged_by is not config or len(known) >= MOST_SPELLINGS:
            known = set()
            self._known = (config, known)
        known.add(host)
        return True


def may_be_asked_for(host: str, config: Config) -> bool:
    """Whether a Host header names this site: by its configured names, or from this machine.

    A site for this machine alone may be asked for by any IP address too: nobody can point a name of theirs at one.
    """
    if not host:  # HTTP/1.0 has none, and then nothing is forged
        return True
    name = _name_in(host)
    configured = _name_in(urlsplit(config.base_url).netloc)
    return (
        name in {configured, *config.allowed_hosts}
        or is_loopback(name)
        or (_names_nobody(configured) and _address(name) is not None)
    )


def _names_nobody(configured: str) -> bool:
    """Whether the configured name is this machine's own, or 0.0.0.0: a trial, which others may reach by its address."""
    address = _address(configured)
    return is_loopback(configured) or (address is not None and address.is_unspecified)


def is_loopback(name: str) -> bool:
    """Whether a host name or address leads to this machine itself."""
    address = _address(name)
    return name == "localhost" or (address is not None and address.is_loopback)


def is_for_this_machine_alone(config: Config) -> bool:
    """Whether nobody but this machine reaches the site by its configured address: a trial, not a shop for others."""
    return is_loopback(_name_in(urlsplit(config.base_url).netloc))


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _name_in(host: str) -> str:
    """The name of `name:port` as browsers send it, lower case and in ASCII (RFC 5890); empty when there is none."""
    found = _HOST.fullmatch(host)
    name = found["name"].strip("[]").rstrip(".").lower() if found else ""
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
