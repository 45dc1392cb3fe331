"""How the sandbox signs its webhooks: a time and an HMAC-SHA-256 over time and raw body, as providers do."""

from __future__ import annotations

import hmac
from datetime import timedelta

from shop.core import clock
from shop.core.tokens import fingerprint
from shop.plugins.api import WebhookForged

HEADER = "X-Sandbox-Signature"
TOLERANCE = timedelta(minutes=5)


def sign(body: bytes) -> str:
    """The header of a message that is sent now."""
    at = int(clock.now().timestamp())
    return f"t={at},v1={_digest(at, body)}"


def verify(body: bytes, header: str) -> None:
    """Refuse what we did not sign, and what is dated more than five minutes before or after now.

    Raises:
        WebhookForged: one of these.
    """
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp = parts.get("t", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        raise WebhookForged("there is no time in it")
    at = int(stamp)
    if not hmac.compare_digest(_digest(at, body).encode(), parts.get("v1", "").encode()):
        raise WebhookForged("the signature is not ours")
    if abs(clock.now().timestamp() - at) > TOLERANCE.total_seconds():
        raise WebhookForged("it is stale, or dated in the future")


def _digest(at: int, body: bytes) -> str:
    return fingerprint("payments_sandbox.webhook", f"{at}.{body.decode('latin-1')}")
