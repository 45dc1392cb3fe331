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
    """How to mend each setting that lets a connection to another machine go unencrypted.

    Of hosts that the owner calls private (`SHOP_PRIVATE_HOSTS`) nothing is asked.
    """
    return list(_mended(config))


def _mended(config: Config) -> Iterator[str]:
    def is_open(host: str | None) -> bool:
        return _is_elsewhere(host) and host not in config.private_hosts

    if _is_plain_postgresql(url := make_url(config.effective_database_url)) and any(
        map(is_open, _hosts(url))
    ):
        yield "end SHOP_DATABASE_URL with ?sslmode=verify-full"
    valkey = urlsplit(config.valkey_url)
    if valkey.scheme in {"valkey", "redis"} and is_open(valkey.hostname):
        yield "begin SHOP_VALKEY_URL with valkeys://"
    store = urlsplit(parse_qs(urlsplit(config.files_url).query).get("endpoint", [""])[-1])
    if store.scheme == "http" and is_open(store.hostname):
        yield "write https:// for the endpoint in SHOP_FILES_URL"
    smtp = urlsplit(config.smtp_url)
    # With a password we insist on STARTTLS; without one we take it where it is offered.
    if smtp.scheme == "smtp" and not smtp.username and is_open(smtp.hostname):
        yield "begin SHOP_SMTP_URL with smtps://, or put a user and password into it"


def _is_plain_postgresql(url: URL) -> bool:
    mode = url.query.get("sslmode") or os.environ.get("PGSSLMODE", "")
    return url.get_backend_name() == "postgresql" and mode not in _ENCRYPTED


def _hosts(url: URL) -> Iterator[str]:
    """Those of the address itself, and those of its query, where several may stand. A path is a Unix socket."""
    named = url.query.get("host", ())
    for host in (url.host or "", *((named,) if isinstance(named, str) else named)):
        yield from host.split(",")


def _is_elsewhere(host: str | None) -> bool:
    return bool(host) and not str(host).startswith("/") and not is_loopback(str(host))
