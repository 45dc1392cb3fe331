"""Which connections to other machines may be read on the way, by what the environment says of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from sqlalchemy.engine import URL, make_url

from shop.config import Config
from shop.core.web.hosts import is_loopback

_ENCRYPTED = {"require", "verify-ca", "verify-full"}
"""`sslmode` of libpq. Its default, `prefer`, goes on in plain text when the server, or whoever poses as it, says so."""


def readable_on_the_way(config: Config) -> list[str]:
    """How to mend each setting that lets a connection to another machine go unencrypted."""
    return list(_mended(config))


def _mended(config: Config) -> Iterator[str]:
    if _is_open_to_a_database(make_url(config.effective_database_url)):
        yield "end SHOP_DATABASE_URL with ?sslmode=verify-full"
    valkey = urlsplit(config.valkey_url)
    if valkey.scheme in {"valkey", "redis"} and _is_elsewhere(valkey.hostname):
        yield "begin SHOP_VALKEY_URL with valkeys://"
    store = urlsplit(parse_qs(urlsplit(config.files_url).query).get("endpoint", [""])[-1])
    if store.scheme == "http" and _is_elsewhere(store.hostname):
        yield "write https:// for the endpoint in SHOP_FILES_URL"
    smtp = urlsplit(config.smtp_url)
    # With a password we insist on STARTTLS; without one we take it where it is offered.
    if smtp.scheme == "smtp" and not smtp.username and _is_elsewhere(smtp.hostname):
        yield "begin SHOP_SMTP_URL with smtps://, or put a user and password into it"


def _is_open_to_a_database(url: URL) -> bool:
    if url.get_backend_name() != "postgresql":
        return False
    mode = url.query.get("sslmode") or os.environ.get("PGSSLMODE", "")
    return mode not in _ENCRYPTED and any(map(_is_elsewhere, _hosts(url)))


def _hosts(url: URL) -> Iterator[str]:
    """Those of the address itself, and those of its query, where several may stand. A path is a Unix socket."""
    named = url.query.get("host", ())
    for host in (url.host or "", *((named,) if isinstance(named, str) else named)):
        yield from host.split(",")


def _is_elsewhere(host: str | None) -> bool:
    return bool(host) and not str(host).startswith("/") and not is_loopback(str(host))
