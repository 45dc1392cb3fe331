"""Questions about payments made with Stripe."""

from __future__ import annotations

from sqlalchemy import select

from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.recurring.models import PaidSubscription
from shop.plugins.api import db


def reference_of_key(provider: str, idempotency_key: str) -> str | None:
    """What the provider calls the payment that was started under a key; None when there is none."""
    if not idempotency_key or "\x00" in idempotency_key:
        return None
    return db.session.scalar(
        select(Payment.reference).where(
            Payment.idempotency_key == idempotency_key, Payment.provider == provider
        )
    )


def reference_of_subscription(provider: str, idempotency_key: str) -> str | None:
    """What the provider calls the subscription that was started under a key; None when there is none."""
    if "\x00" in idempotency_key:
        return None
    return db.session.scalar(
        select(PaidSubscription.reference).where(
            PaidSubscription.idempotency_key == idempotency_key,
            PaidSubscription.provider == provider,
        )
    )
