"""What providers tell us: stored once, answered at once, acted on by a job that looks the payment up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from shop.blueprints.checkout import card_testing
from shop.blueprints.checkout.models import WebhookEvent
from shop.blueprints.orders import disputes, payments, queries, refunds
from shop.blueprints.orders.settlement import Settlement
from shop.core import clock, jobs
from shop.core.database import upsert
from shop.core.errors import NotFound
from shop.core.jobs import JobKind
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

JOB = "checkout.webhook"
EXPECT_WITHIN = timedelta(minutes=15)
NOT_OURS = "not ours"
LONGEST = 255  # what our own references never exceed


class PaymentUnknown(Exception):
    """A provider speaks of a payment that we have not written down yet; it is tried again."""


def receive(provider: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Verify a message and store it with the job that acts on it. False for a repeat, or when it is none of ours.

    Raises:
        NotFound: there is no such provider.
        WebhookForged: the provider did not send it.
    """
    try:
        found = payments.provider_named(provider)
    except payments.ProviderMissing:
        raise NotFound from None
    notice = found.read_webhook(body, headers)
    if notice is None or len(notice.reference) > LONGEST or len(notice.event_id) > LONGEST:
        return False
    with unit_of_work() as session:
        event_id = session.scalar(
            upsert(WebhookEvent)
            .values(
                provider=provider,
                event_id=notice.event_id,
                kind=notice.kind[:120],
                about=notice.about,
                reference=notice.reference,
                received_at=clock.now(),
                outcome="",
            )
            .on_conflict_do_nothing(index_elements=["provider", "event_id"])
            .returning(WebhookEvent.id)
        )
        if event_id is None:
            return False
        jobs.enqueue(JOB, {"webhook_event_id": event_id})
    return True


def handle(payload: dict[str, Any]) -> None:
    """The job: ask the provider about what a message is about, and act on the answer."""
    event = db.session.get(WebhookEvent, payload["webhook_event_id"])
    if event is None or event.handled_at is not None:
        return
    is_late = event.received_at < clock.now() - EXPECT_WITHIN
    try:
        outcome = HANDLERS[event.about](event.provider, event.reference)
    except (PaymentUnknown, refunds.RefundUnknown):
        if not is_late:
            raise  # it may overtake the answer to our own request
        outcome = "unknown"
    with unit_of_work() as session:
        session.execute(
            update(WebhookEvent)
            .where(WebhookEvent.id == payload["webhook_event_id"])
            .values(handled_at=clock.now(), outcome=str(outcome))
            .execution_options(synchronize_session=False)
        )


def _payment(provider: str, reference: str) -> str:
    payment = queries.payment_of(provider, reference)
    if payment is None:
        raise PaymentUnknown(reference)
    payment_id = payment.id
    settlement = payments.ask(payment_id, learned_from="webhook")
    if settlement is Settlement.OPEN and card_testing.is_tried_out(queries.declines_of(payment_id)):
        settlement = payments.end(payment_id, learned_from="card testing")
    return settlement


def _refund(provider: str, reference: str) -> str:
    verdict = payments.provider_named(provider).look_up_refund(reference)
    db.session.rollback()
    return refunds.learn(provider, verdict) or NOT_OURS


def _dispute(provider: str, reference: str) -> str:
    verdict = payments.provider_named(provider).look_up_dispute(reference)
    db.session.rollback()
    return disputes.learn(provider, verdict) or NOT_OURS


HANDLERS: Mapping[str, Callable[[str, str], str]] = {
    "payment": _payment,
    "refund": _refund,
    "dispute": _dispute,
}
HANDLE = JobKind(name=JOB, handle=handle, max_attempts=10, in_transaction=False)
