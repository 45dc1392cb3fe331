"""Unguessable and signed tokens.

A *random* token is 192 random bits; a *signed* one contains its value and needs no row; a *link token* names a row by a
random key and proves it, see `shop.core.secrets.secret_links`. Tokens are made with the site's secret key, and accepted
when they were made with one of the keys before it (`SHOP_SECRET_KEY_PREVIOUS`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from shop.core import clock
from shop.core.errors import Gone, NotFound

DIGEST = hashlib.sha256
"""What everything that we sign is signed with, by HMAC: links, notices, the session's cookie."""

KEY_BYTES, PROOF_BYTES = 24, 20
KEY_LENGTH = 32
"""Characters of a random token."""


def random_token() -> str:
    """32 URL-safe characters, 192 bits."""
    return secrets.token_urlsafe(KEY_BYTES)


def secret_keys() -> list[str]:
    """The site's secret key, and after it those that it replaced, the newest first."""
    config = current_app.config
    return [config["SECRET_KEY"], *(config.get("SECRET_KEY_FALLBACKS") or ())]


class SiteTimeSigner(TimestampSigner):
    """Says when something was signed by the site's clock: what one host signs must not be of tomorrow for another.

    What seems to be of tomorrow all the same was signed by us before the clock was set back, and counts as new: else
    nobody's session and no link of the last hour would do for an hour.
    """

    def get_timestamp(self) -> int:
        return int(clock.now().timestamp())

    def unsign(
        self, signed: Any, max_age: int | None = None, return_timestamp: bool = False
    ) -> Any:
        """As the library's.

        Raises:
            BadSignature: it is none of ours.
            SignatureExpired: it is older than `max_age` seconds.
        """
        value, at = super().unsign(signed, return_timestamp=True)
        age = self.get_timestamp() - at.timestamp()
        if max_age is not None and age > max_age:
            raise SignatureExpired(f"{age:.0f} s old", payload=value, date_signed=at)
        return (value, at) if return_timestamp else value


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    oldest_first = secret_keys()[::-1]
    return URLSafeTimedSerializer(
        oldest_first,
        salt=f"shop.{purpose}",
        signer=SiteTimeSigner,
        signer_kwargs={"digest_method": DIGEST, "key_derivation": "hmac"},
        # Links that were mailed before: itsdangerous' own choice, with SHA-1.
        fallback_signers=[{}],
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


def link_token(purpose: str, key: str) -> str:
    """What opens the row of a random key: the key, and proof that it was given out for this purpose."""
    return key + _proof(secret_keys()[0], purpose, key)


def link_key(purpose: str, token: str) -> str:
    """The key of the row that a link token opens; empty when the token is none of ours."""
    if len(token) == KEY_LENGTH:  # given out before proofs were, when the token itself was stored
        return hashed_token(token)
    key, proof = token[:KEY_LENGTH], token[KEY_LENGTH:].encode()
    is_ours = [
        hmac.compare_digest(proof, _proof(secret, purpose, key).encode())
        for secret in secret_keys()
    ]
    return key if any(is_ours) else ""


def seal_of(purpose: str, value: str) -> str:
    """A keyed hash (HMAC-SHA-256, hex) by the present key, which shows that we said this value; see `is_seal`."""
    return _seal(secret_keys()[0], purpose, value)


def is_seal(purpose: str, value: str, seal: str) -> bool:
    """Whether it is our seal of a value, by the present key or by one before it."""
    return any(
        hmac.compare_digest(seal.encode(), _seal(secret, purpose, value).encode())
        for secret in secret_keys()
    )


def hashed_token(token: str) -> str:
    """What the database keeps of a random token, so that who reads it can't use the token: 192 bits of its SHA-256."""
    return _in_url(hashlib.sha256(token.encode()).digest()[:KEY_BYTES])


def _proof(secret: str, purpose: str, key: str) -> str:
    signed = hmac.new(f"{secret}:link:{purpose}".encode(), key.encode(), hashlib.sha256)
    return _in_url(signed.digest()[:PROOF_BYTES])


def _seal(secret: str, purpose: str, value: str) -> str:
    return hmac.new(f"{secret}:seal:{purpose}".encode(), value.encode(), hashlib.sha256).hexdigest()


def _in_url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def fingerprint(purpose: str, value: str) -> str:
    """A keyed hash (HMAC-SHA-256, hex) under which a value may be recognised but not read back.

    It goes by the oldest key that is listed, so that what was stored is recognised for as long as that key is.
    """
    key = f"{secret_keys()[-1]}:{purpose}".encode()
    return hmac.digest(key, value.encode(), "sha256").hex()
