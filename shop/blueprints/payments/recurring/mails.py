"""Mails about subscriptions: a renewal failed, and it has ended. Renewals are confirmed as every order is."""

from __future__ import annotations

from datetime import timedelta

from shop.blueprints.payments.recurring import queries
from shop.blueprints.payments.recurring.models import PaidSubscription
from shop.blueprints.payments.settings import PaymentSettings
from shop.core import mail, settings
from shop.plugins.api.events import SubscriptionEnded, SubscriptionPaymentFailed

FAILED = "subscription-payment-failed"
ENDED = "subscription-ended"


def tell_of_failed(event: SubscriptionPaymentFailed) -> None:
    """Tell the buyer that a renewal could not be charged, and where to pay."""
    row = queries.subscription_numbered(event.subscription_id)
    if row.past_due_since is not None:
        grace = timedelta(days=settings.current(PaymentSettings).grace_days)
        _write(FAILED, row, pay_by=row.past_due_since + grace)


def tell_of_ended(event: SubscriptionEnded) -> None:
    """Tell the buyer that nothing more is charged."""
    _write(ENDED, queries.subscription_numbered(event.subscription_id))


def _write(kind: str, row: PaidSubscription, **more: object) -> None:
    if not row.is_erased:
        mail.queue(kind, row.email, {"subscription": row, **more})
