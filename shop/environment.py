"""What the environment says, and what each of its values may be."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from email.utils import getaddresses
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "SHOP_"
SHORTEST_KEY = 16
MOST_PROXIES = 10
_YES = frozenset({"1", "true", "yes", "on", "y", "t"})
_NO = frozenset({"0", "false", "no", "off", "n", "f"})


def told(known: Iterable[str]) -> dict[str, str]:
    """What the environment says; where it says nothing, what the files say that systemd puts there."""
    found = {**_credentials(), **os.environ}
    return {name: found[variable(name)] for name in known if variable(name) in found}


def _credentials() -> Mapping[str, str]:
    """Files that a unit of systemd names (`LoadCredentialEncrypted=`), for us alone, each named like its variable."""
    folder = Path(os.environ.get("CREDENTIALS_DIRECTORY") or os.devnull)
    if not folder.is_dir():
        return {}
    files = (path for path in folder.iterdir() if path.name.upper().startswith(PREFIX))
    return {path.name.upper(): path.read_text(encoding="utf-8").strip() for path in files}


def variable(name: str) -> str:
    """The variable that a field of `Config` is read from."""
    return PREFIX + name.upper()


def _truth(value: object) -> bool:
    said = str(value).lower()
    if said not in _YES | _NO:
        raise ValueError(f"{value!r} is not a possible value; write 1 or 0")
    return said in _YES


def _proxies(value: object) -> int:
    said = str(value)
    if not said.isdecimal() or int(said) > MOST_PROXIES:
        raise ValueError(
            f"{value!r} is not a possible value; write the number of your proxies in front of the site, from 0 to "
            f"{MOST_PROXIES}"
        )
    return int(said)


def _names(value: str | Iterable[str]) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    return tuple(name.strip() for name in names if name.strip())


def _folder(value: str | Path) -> Path:
    return Path(value).expanduser().absolute()


def _folder_if_any(value: str | Path | None) -> Path | None:
    return _folder(value) if value else None


def _database(value: str) -> str:
    if not value:
        return value
    try:
        backend = make_url(value).get_backend_name()
    except (ArgumentError, ValueError):
        raise ValueError(
            "this is not a database URL; write for example postgresql://user:password@host/name"
        ) from None
    if backend not in {"sqlite", "postgresql"}:
        raise ValueError(f"{backend} is not supported; use sqlite:/// or postgresql://")
    return value


def _store(value: str) -> str:
    parts = _parts(value)
    if value and (parts is None or parts.scheme != "s3" or not parts.netloc):
        raise ValueError(
            "write s3://bucket/folder?endpoint=https://host, or leave it empty to keep files in the data folder"
        )
    return value


def _origin(value: str) -> str:
    parts = _parts(value)
    if (
        parts is None
        or parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.username is not None
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise ValueError("write only the scheme and the host, for example https://shop.example")
    return f"{parts.scheme}://{parts.netloc}"


def _mail_server(value: str) -> str:
    parts = _parts(value)
    needed = {"smtp": "hostname", "smtps": "hostname", "file": "path"}
    # An address of another scheme may be a plugin's: see shop.plugins.starting.way_out.
    if value and (
        parts is None
        or not parts.scheme
        or (parts.scheme in needed and not getattr(parts, needed[parts.scheme]))
    ):
        raise ValueError("write smtp://user:password@host:587, smtps://... or file:///folder")
    return value


def _sender(value: str) -> str:
    people = getaddresses([value])
    is_one = len(people) == 1 and re.fullmatch(r"[^@\s]+@[^@\s]+", people[0][1])
    if not is_one or not value.isprintable():
        raise ValueError("write one sender, for example Bookstall <post@shop.example>")
    return value


def _valkey(value: str) -> str:
    parts = _parts(value)
    known = {"redis", "rediss", "valkey", "valkeys", "unix"}
    if value and (parts is None or parts.scheme not in known):
        raise ValueError("write valkey://host:6379/0")
    return value


def _key(value: str) -> str:
    if value and len(value) < SHORTEST_KEY:
        raise ValueError("the key is too short to be safe; write at least 32 random characters")
    return value


def _keys_before(value: str | Iterable[str]) -> tuple[str, ...]:
    keys = _names(value)
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise ValueError("one of them is too short; write the keys that were used before")
    return keys


def _stripe_key(value: str) -> str:
    if value and not re.fullmatch(r"(sk|rk)_\S+", value):
        raise ValueError(
            "this is not a Stripe secret key; write the key that starts with sk_ or rk_"
        )
    return value


def _stripe_secret(value: str) -> str:
    if value and not re.fullmatch(r"whsec_\S+", value):
        raise ValueError("write the secret of the webhook endpoint, which starts with whsec_")
    return value


def _hosts(value: str | Iterable[str]) -> tuple[str, ...]:
    names = tuple(name.lower().rstrip(".") for name in _names(value))
    if not all(re.fullmatch(r"[a-z0-9.-]+", name) for name in names):
        raise ValueError("write names without scheme and port, for example www.shop.example")
    return names


def _parts(address: str) -> SplitResult | None:
    """The parts of an address, or None for one that can't be read or whose port is none."""
    try:
        parts = urlsplit(address)
        has_port = parts.port != 0
    except ValueError:
        return None
    return parts if has_port else None


READERS: Mapping[str, Callable[[Any], Any]] = {
    "data_dir": _folder,
    "front_dir": _folder_if_any,
    "database_url": _database,
    "files_url": _store,
    "single_host": _truth,
    "secret_key": _key,
    "secret_key_previous": _keys_before,
    "base_url": _origin,
    "valkey_url": _valkey,
    "allowed_hosts": _hosts,
    "private_hosts": _hosts,
    "smtp_url": _mail_server,
    "mail_from": _sender,
    "stripe_secret_key": _stripe_key,
    "stripe_webhook_secret": _stripe_secret,
    "test_payments": _truth,
    "plugins": _names,
    "features_off": _names,
    "safe_mode": _truth,
    "trusted_proxies": _proxies,
    "access_log": _truth,
    "debug": _truth,
}
"""By field of `Config`, for all that are more than a text. Each takes what was said, or a value of the right type.

Raises:
    ValueError: why it is wrong, and what would be right.
"""
