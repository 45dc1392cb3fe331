"""Under which name a thing is known everywhere: that of where it came from, else of here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from shop.core.web.security import base_url
from shop.plugins.api import db


def key_of(kind: str, number: int, import_key: str | None) -> str:
    """The import key of a row on another site, at most 200 characters."""
    return import_key or f"bookstall:{urlsplit(base_url()).netloc[:120]}:{kind}:{number}"


def is_of_this_site(kind: str, key: str, model: type[Any]) -> bool:
    """Whether a key names a row that was written here, and is still here: its own export brings nothing new."""
    start = f"bookstall:{urlsplit(base_url()).netloc[:120]}:{kind}:"
    number = key.removeprefix(start)
    if not key.startswith(start) or not number.isdecimal() or len(number) > 18:
        return False
    row = db.session.get(model, int(number))
    return row is not None and row.import_key is None
