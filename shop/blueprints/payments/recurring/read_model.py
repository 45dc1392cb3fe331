"""Subscriptions as plugins see them: by their number, or the last one of a subject."""

from __future__ import annotations

from sqlalchemy import select

from shop.blueprints.payments.recurring import queries
from shop.blueprints.payments.recurring.models import PaidSubscription
from shop.plugins.api import ReadModel, SubscriptionView, db


def subscription_view(row: PaidSubscription) -> SubscriptionView:
    """One, with its orders."""
    return SubscriptionView(
        id=row.id,
        subject=row.subject,
        state=row.state,  # type: ignore[arg-type]  # the words of RecurringState
        title=row.title,
        amount_minor=row.amount_minor,
        currency=row.currency,
        every=row.every,  # type: ignore[arg-type]  # as it was offered
        email="" if row.is_erased else row.email,
        account_id=row.account_id,
        started_at=row.started_at,
        paid_until=row.paid_until,
        ends_at=row.ends_at,
        past_due_since=row.past_due_since,
        pay_url=row.pay_url,
        ended_at=row.ended_at,
        order_ids=tuple(payment.order_id for payment in queries.payments_of_subscription(row.id)),
    )


def _find(key: int | str) -> SubscriptionView | None:
    if isinstance(key, int):
        row = db.session.get(PaidSubscription, key, populate_existing=True)
    else:
        row = db.session.scalar(
            select(PaidSubscription)
            .where(PaidSubscription.subject == key)
            .order_by(PaidSubscription.id.desc())
            .limit(1)
            .execution_options(populate_existing=True)
        )
    return subscription_view(row) if row else None


READ_MODEL = ReadModel(SubscriptionView, _find)
