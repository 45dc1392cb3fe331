"""Whether a webhook is from Stripe, and of now. https://docs.stripe.com/webhooks#verify-manually

The official client compares the signature; time is looked at here, because the client accepts a message that is dated
in the future for as long as that lasts.
"""

from __future__ import annotations

from datetime import timedelta

from shop.core import clock
from shop.plugins.api import WebhookForged

HEADER = "Stripe-Signature"
TOLERANCE = timedelta(minutes=5)


def verify_payload(body: bytes, header: str, secret: str) -> None:
    """Refuse what Stripe did not sign, and what is dated more than five minutes before or after now.

    Raises:
        WebhookForged: one of these.
    """
    from stripe import SignatureVerificationError, WebhookSignature

    _require_secret(secret)
    at = _only_time(header)
    try:
        WebhookSignature.verify_header(body, header, secret, tolerance=None)
    except (SignatureVerificationError, ValueError, TypeError) as error:
        raise WebhookForged("the signature is not Stripe's") from error
    if abs(clock.now().timestamp() - at) > TOLERANCE.total_seconds():
        raise WebhookForged("it is stale, or dated in the future")


def _require_secret(secret: str) -> None:
    """An empty key would verify what anyone can sign."""
    if not secret.removeprefix("whsec_").strip():
        raise WebhookForged("there is no secret to compare it with")


def _only_time(header: str) -> int:
    """The one time in a header. Two could make us look at another than the one that was signed."""
    stamps = [
        value
        for name, _, value in (part.partition("=") for part in header.split(","))
        if name == "t"
    ]
    if (
        len(stamps) != 1
        or not (stamps[0].isascii() and stamps[0].isdecimal())
        or len(stamps[0]) > 12
    ):
        raise WebhookForged("there is not one time in it")
    return int(stamps[0])


def sign_payload(body: bytes, secret: str) -> str:
    """The header of a message that is sent now: what the stand-in does."""
    from stripe import WebhookSignature

    at = int(clock.now().timestamp())
    return str(WebhookSignature.generate_signature_header(body.decode(), secret, at))
