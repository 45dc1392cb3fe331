"""Questions about subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.recurring.models import PaidSubscription, RecurringState
from shop.plugins.api import NotFound, db

AT_ONCE = 200


def living(subject: str) -> PaidSubscription | None:
    """The subscription of a subject that has not ended."""
    return db.session.scalar(
        select(PaidSubscription)
        .where(PaidSubscription.subject == subject, PaidSubscription.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )


def subscription_numbered(subscription_id: int) -> PaidSubscription:
    """A subscription as it is now.

    Raises:
        NotFound: there is none.
    """
    found = db.session.get(PaidSubscription, subscription_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def locked(subscription_id: int) -> PaidSubscription:
    """A subscription that nobody else changes before this unit of work ends."""
    return db.session.get_one(
        PaidSubscription, subscription_id, populate_existing=True, with_for_update=True
    )


def subscription_of(provider: str, reference: str) -> PaidSubscription | None:
    """The subscription that a provider calls so."""
    return db.session.scalar(
        select(PaidSubscription).where(
            PaidSubscription.provider == provider, PaidSubscription.reference == reference
        )
    )


def payments_of_subscription(subscription_id: int) -> Sequence[Payment]:
    """Its payments, the oldest first."""
    query = select(Payment).where(Payment.subscription_id == subscription_id)
    return db.session.scalars(query.order_by(Payment.id)).all()


def subscription_of_order(order_id: int) -> PaidSubscription | None:
    """The subscription that an order is a payment of."""
    return db.session.scalar(
        select(PaidSubscription)
        .join(Payment, Payment.subscription_id == PaidSubscription.id)
        .where(Payment.order_id == order_id)
    )


def of_email(email: str) -> Sequence[PaidSubscription]:
    """One person's, the oldest first."""
    query = select(PaidSubscription).where(PaidSubscription.email == email.lower())
    return db.session.scalars(query.order_by(PaidSubscription.id)).all()


def to_look_up(now: datetime, *, before: datetime, slowly: datetime) -> list[int]:
    """Ids of those about which the provider has to be asked, the longest ago first.

    Asked of before `before`: those that start, are past due, are being changed, or whose paid time is over. All others:
    before `slowly`.
    """
    asked = func.coalesce(PaidSubscription.checked_at, PaidSubscription.started_at)
    is_moving = or_(
        PaidSubscription.state.in_([RecurringState.STARTING, RecurringState.PAST_DUE]),
        PaidSubscription.paid_until < now,
        PaidSubscription.ends_at < now,
        PaidSubscription.changing_minor.is_not(None),
    )
    query = select(PaidSubscription.id).where(
        PaidSubscription.ended_at.is_(None),
        PaidSubscription.reference.is_not(None),
        or_(asked < slowly, and_(asked < before, is_moving)),
    )
    return list(db.session.scalars(query.order_by(asked, PaidSubscription.id).limit(AT_ONCE)))


def past_due(before: datetime) -> list[int]:
    """Ids of those that have been past due since before a moment."""
    query = select(PaidSubscription.id).where(
        PaidSubscription.state == RecurringState.PAST_DUE,
        PaidSubscription.past_due_since < before,
    )
    return list(db.session.scalars(query.order_by(PaidSubscription.id).limit(AT_ONCE)))
