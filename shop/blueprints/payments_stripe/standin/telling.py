"""Events, and the webhooks that tell of them: signed, and as often and in the order that the pay page was asked for."""

from __future__ import annotations

import json
from datetime import timedelta
from enum import StrEnum
from typing import Any

from shop.blueprints.payments.webhooks import receiving
from shop.blueprints.payments_stripe import keys, signature
from shop.blueprints.payments_stripe.standin import objects
from shop.blueprints.payments_stripe.standin.models import StandInObject
from shop.core import clock, jobs
from shop.plugins.api import JobKind, db

JOB = "payments_stripe.deliver"
LATE = timedelta(seconds=20)


class WebhookDelivery(StrEnum):
    """How the webhooks of a payment come."""

    ONCE = "once"
    THRICE = "thrice"
    REVERSED = "reversed"
    NEVER = "never"


def tell_shop(session: StandInObject, *events: tuple[str, StandInObject]) -> None:
    """Keep events, and send their webhooks as the session's buyer asked for. Only inside a unit of work."""
    delivery = WebhookDelivery(session.hidden.get("delivery", WebhookDelivery.ONCE))
    made = [_event(kind, about) for kind, about in events]
    if delivery is WebhookDelivery.NEVER:
        return
    now = clock.now()
    if delivery is WebhookDelivery.REVERSED:
        for place, event_id in enumerate(reversed(made)):
            # The first news of a payment comes after what follows it.
            wait = LATE if session.body["payment_status"] == "unpaid" else timedelta()
            jobs.enqueue(
                JOB, {"event_id": event_id}, run_at=now + wait + timedelta(microseconds=place)
            )
        return
    for event_id in made * (3 if delivery is WebhookDelivery.THRICE else 1):
        jobs.enqueue(JOB, {"event_id": event_id})


def _event(kind: str, about: StandInObject) -> str:
    body = {
        "type": kind,
        "api_version": "",
        "data": {"object": dict(about.body)},
        "pending_webhooks": 1,
        "request": None,
    }
    return objects.keep_object("event", "event", body, parent=about.id).id


def deliver_webhook(payload: dict[str, Any]) -> None:
    """The job: send one webhook to our own address, signed now. One that is not accepted is sent again."""
    if not keys.is_stand_in():
        return
    body = json.dumps(objects.find_object("event", payload["event_id"]).body).encode()
    db.session.rollback()
    header = signature.sign_payload(body, keys.webhook_secret())
    receiving.receive(keys.NAME, body, {signature.HEADER: header})


DELIVER = JobKind(name=JOB, handle=deliver_webhook, in_transaction=False)
