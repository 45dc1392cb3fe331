"""Which of Stripe's events concern us. Nothing in them is believed but the name of what they are about."""

from __future__ import annotations

import json
from typing import Any, Literal

from shop.blueprints.payments_stripe.keys import NAME
from shop.blueprints.payments_stripe.queries import reference_of_key, reference_of_subscription
from shop.plugins.api import WebhookForged, WebhookNotice

OF_SESSIONS = frozenset(
    f"checkout.session.{what}"
    for what in ("completed", "async_payment_succeeded", "async_payment_failed", "expired")
)
OF_ATTEMPTS = frozenset({"payment_intent.payment_failed"})
METADATA_KEY = "bookstall_payment"
SUBSCRIPTION_KEY = "bookstall_subscription"
OF_SUBSCRIPTIONS = "customer.subscription."
OF_INVOICES = frozenset(
    f"invoice.{what}"
    for what in (
        "paid",
        "payment_failed",
        "payment_action_required",
        "marked_uncollectible",
        "voided",
    )
)


def notice_in(body: bytes) -> WebhookNotice | None:
    """What a verified message says has happened; None when it concerns nothing of ours.

    Raises:
        WebhookForged: it is not an event at all.
    """
    event_id, kind, thing = _parts(body)
    subscription = _subscription_key(kind, thing)
    if subscription:
        reference = reference_of_subscription(NAME, subscription)
        return _about("recurring", event_id, kind, reference) if reference else None
    if kind in OF_SESSIONS:
        return _about("payment", event_id, kind, thing["id"]) if _key_in(thing) else None
    if kind in OF_ATTEMPTS:
        reference = reference_of_key(NAME, _key_in(thing))
        return _about("payment", event_id, kind, reference) if reference else None
    if kind.startswith("refund."):
        return _about("refund", event_id, kind, thing["id"])
    if kind.startswith("charge.dispute."):
        return _about("dispute", event_id, kind, thing["id"])
    return None


def _about(
    about: Literal["payment", "refund", "dispute", "recurring"],
    event_id: str,
    kind: str,
    reference: str,
) -> WebhookNotice:
    return WebhookNotice(event_id, kind, reference, about)


def _key_in(thing: dict[str, Any], name: str = METADATA_KEY) -> str:
    """The key of our payment: sessions of another shop on the same account have none."""
    metadata = thing.get("metadata")
    key = metadata.get(name) if isinstance(metadata, dict) else None
    return key if isinstance(key, str) else ""


def _subscription_key(kind: str, thing: dict[str, Any]) -> str:
    """The key of our subscription, if it is about one: an invoice has it from the subscription that it is of."""
    if kind in OF_SESSIONS or kind.startswith(OF_SUBSCRIPTIONS):
        return _key_in(thing, SUBSCRIPTION_KEY)
    if kind in OF_INVOICES:
        parent = thing.get("parent")
        details = parent.get("subscription_details") if isinstance(parent, dict) else None
        return _key_in(details, SUBSCRIPTION_KEY) if isinstance(details, dict) else ""
    return ""


def _parts(body: bytes) -> tuple[str, str, dict[str, Any]]:
    try:
        event = json.loads(body)
        event_id, kind, thing = event["id"], event["type"], event["data"]["object"]
        named = [event_id, kind, thing["id"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WebhookForged("it does not say what happened") from error
    if not all(isinstance(value, str) and value for value in named) or not isinstance(thing, dict):
        raise WebhookForged("it does not say what happened")
    return event_id, kind, thing
