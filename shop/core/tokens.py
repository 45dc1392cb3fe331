"""Unguessable and signed tokens.

A *random* token is stored and looked up; a *signed* one contains its value and needs no row.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from shop.core.errors import Gone, NotFound

DIGEST = hashlib.sha256
"""What everything that we sign is signed with, by HMAC: links, notices, the session's cookie."""


def random_token() -> str:
    """32 URL-safe characters, 192 bits: for rows that are opened by knowing their address."""
    return secrets.token_urlsafe(24)


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        current_app.config["SECRET_KEY"],
        salt=f"shop.{purpose}",
        signer_kwargs={"digest_method": DIGEST, "key_derivation": "hmac"},
        fallback_signers=[
            {}
        ],  # links that were mailed before: itsdangerous' own choice, with SHA-1
    )


def sign(purpose: str, value: Any) -> str:
    """Sign a JSON value for one purpose. A token of one purpose never opens another."""
    return str(_serializer(purpose).dumps(value))


def unsign(purpose: str, token: str, *, max_age: int | None = None) -> Any:
    """The value behind a signed token; `max_age` in seconds.

    Raises:
        Gone: the token was ours and has expired.
        NotFound: it was never ours.
    """
    try:
        return _serializer(purpose).loads(token, max_age=max_age)
    except SignatureExpired:
        raise Gone from None
    except BadSignature:
        raise NotFound from None


def fingerprint(purpose: str, value: str) -> str:
    """A keyed hash (HMAC-SHA-256, hex) under which a value may be recognised but not read back."""
    key = f"{current_app.config['SECRET_KEY']}:{purpose}".encode()
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()
