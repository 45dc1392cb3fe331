"""Secrets that we must be able to read again, stored so that the database alone does not tell them."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken

from shop.core.errors import NotFound
from shop.core.tokens import fingerprint


def seal(purpose: str, secret: str) -> str:
    """Encrypt a text with the site's key, for one purpose (Fernet: AES-128-CBC with HMAC-SHA-256)."""
    return _box(purpose).encrypt(secret.encode()).decode()


def open_sealed(purpose: str, sealed: str) -> str:
    """The text that was sealed for this purpose.

    Raises:
        NotFound: it was sealed for another purpose, or with another key.
    """
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise NotFound from None


def _box(purpose: str) -> Fernet:
    key = bytes.fromhex(fingerprint(f"sealing.{purpose}", ""))
    return Fernet(base64.urlsafe_b64encode(key))
