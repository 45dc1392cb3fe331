"""Mails about subscriptions: a renewal failed, and it has ended. Renewals are confirmed as every order is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from shop.blueprints.payments.recurring import queries
from shop.blueprints.payments.recurring.models import PaidSubscription
from shop.blueprints.payments.settings import PaymentSettings
from shop.core import mail, settings
from shop.plugins.api.events import SubscriptionEnded, SubscriptionPaymentFailed

FAILED = "subscription-payment-failed"
ENDED = "subscription-ended"


def tell_of_failed(event: SubscriptionPaymentFailed) -> Callable[[], None] | None:
    """Tell the buyer that a renewal could not be charged, and where to pay."""
    row = queries.subscription_numbered(event.subscription_id)
    if row.past_due_since is None:
        return None
    grace = timedelta(days=settings.current(PaymentSettings).grace_days)
    return _prepare(FAILED, row, pay_by=row.past_due_since + grace)


def tell_of_ended(event: SubscriptionEnded) -> Callable[[], None] | None:
    """Tell the buyer that nothing more is charged."""
    return _prepare(ENDED, queries.subscription_numbered(event.subscription_id))


def _prepare(kind: str, row: PaidSubscription, **more: object) -> Callable[[], None] | None:
    if row.is_erased:
        return None
    subscription_id = row.id
    written = mail.write(kind, row.email, {"subscription": row, **more})

    def queue_it() -> None:
        if queries.subscription_numbered(subscription_id).email == written.recipient:
            mail.queue_written(written)

    return queue_it
