"""Under which name a thing is known everywhere: that of where it came from, else of here."""

from __future__ import annotations

from urllib.parse import urlsplit

from shop.core.web.security import base_url


def key_of(kind: str, number: int, import_key: str | None) -> str:
    """The import key of a row on another site, at most 200 characters."""
    return import_key or f"bookstall:{urlsplit(base_url()).netloc[:120]}:{kind}:{number}"
