"""Secrets that we must be able to read again, stored so that the database alone does not tell them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import JSON, Dialect, Text, TypeDecorator

from shop.core.errors import NotFound
from shop.core.secrets.tokens import secret_keys

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_FERNET = "gAAAA"
"""How everything begins that Fernet has encrypted: its version, and the first bytes of a time before the year 2106."""


def seal(purpose: str, secret: str) -> str:
    """Encrypt a text with the site's key, for one purpose (Fernet: AES-128-CBC with HMAC-SHA-256)."""
    return _boxes(purpose).encrypt(secret.encode()).decode()


def open_sealed(purpose: str, sealed: str) -> str:
    """The text that was sealed for this purpose, with the present key or with one before it.

    Raises:
        NotFound: it was sealed for another purpose, or with another key.
    """
    # Imported here and below, because it brings 9 MB, and most processes never meet a secret.
    from cryptography.fernet import InvalidToken

    try:
        return _boxes(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise NotFound from None


class SealedText(TypeDecorator[str]):
    """A text that the database holds encrypted with the site's key, and Python as it is.

    It is read with the keys before the present one too (`SHOP_SECRET_KEY_PREVIOUS`). What none of them opens is empty;
    what was stored before texts were sealed is read as it stands.
    """

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else seal(self.purpose, value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> str | None:
        if value is None or not value.startswith(_FERNET):
            return value
        try:
            return open_sealed(self.purpose, value)
        except NotFound:
            return ""


class SealedTexts(TypeDecorator[dict[str, str]]):
    """Texts by name, which the database holds as `SealedText` does one: in a column for JSON, as one string there."""

    impl = JSON
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: dict[str, str] | None, _dialect: Dialect) -> str | None:
        return None if value is None else seal(self.purpose, json.dumps(value))

    def process_result_value(
        self, value: str | dict[str, str] | None, _dialect: Dialect
    ) -> dict[str, str] | None:
        if not isinstance(value, str):
            return value
        try:
            found: dict[str, str] = json.loads(open_sealed(self.purpose, value))
        except NotFound:
            return {}
        return found


def _boxes(purpose: str) -> MultiFernet:
    """Encrypts with the present key and opens with any."""
    return _boxes_of(purpose, tuple(secret_keys()))


@lru_cache(maxsize=32)
def _boxes_of(purpose: str, secrets: tuple[str, ...]) -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet

    keys = (
        hmac.new(key.encode(), f"sealing.{purpose}".encode(), hashlib.sha256).digest()
        for key in secrets
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
