"""Acting on messages: a job asks the provider about what a message names, and believes only the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from shop.blueprints.payments import declines
from shop.blueprints.payments.answers import verdict_of
from shop.blueprints.payments.attempts.ending import end_payment
from shop.blueprints.payments.attempts.looking_up import look_up_payment
from shop.blueprints.payments.disputes import verdicts as disputes
from shop.blueprints.payments.providers import provider_named
from shop.blueprints.payments.queries import payment_of
from shop.blueprints.payments.recurring import learning
from shop.blueprints.payments.recurring.queries import subscription_of
from shop.blueprints.payments.refunds import verdicts as refunds
from shop.blueprints.payments.settlement import Settlement
from shop.blueprints.payments.webhooks.models import WebhookEvent
from shop.core import clock
from shop.plugins.api import JobKind, db, unit_of_work

JOB = "payments.webhook"
EXPECT_WITHIN = timedelta(minutes=15)
NOT_OURS = "not ours"


class PaymentUnknown(Exception):
    """A provider speaks of a payment that we have not written down yet; it is tried again."""


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
    payment = payment_of(provider, reference)
    if payment is None:
        raise PaymentUnknown(reference)
    payment_id = payment.id
    settlement = look_up_payment(payment_id, learned_from="webhook")
    if settlement is Settlement.OPEN and declines.are_too_many(
        declines.declines_of_payment(payment_id)
    ):
        settlement = end_payment(payment_id, learned_from="card testing")
    return settlement


def _refund(provider: str, reference: str) -> str:
    asked = provider_named(provider)
    verdict = verdict_of(asked, asked.look_up_refund, reference)
    db.session.rollback()
    return refunds.learn_of_refund(provider, verdict) or NOT_OURS


def _dispute(provider: str, reference: str) -> str:
    asked = provider_named(provider)
    verdict = verdict_of(asked, asked.look_up_dispute, reference)
    db.session.rollback()
    return disputes.learn_of_dispute(provider, verdict) or NOT_OURS


def _recurring(provider: str, reference: str) -> str:
    found = subscription_of(provider, reference)
    if found is None:
        raise PaymentUnknown(reference)
    return learning.look_up_subscription(found.id, learned_from="webhook")


HANDLERS: Mapping[str, Callable[[str, str], str]] = {
    "payment": _payment,
    "refund": _refund,
    "dispute": _dispute,
    "recurring": _recurring,
}
HANDLE = JobKind(name=JOB, handle=handle, max_attempts=10, in_transaction=False)
