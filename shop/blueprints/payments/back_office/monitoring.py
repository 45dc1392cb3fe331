"""What the owner should see of payments: which are open, which only our own asking healed, what providers told us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, selectinload

from shop.blueprints.orders.models import Order
from shop.blueprints.payments import declines
from shop.blueprints.payments.attempts.looking_up import BY_ITSELF
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.providers import telling_providers
from shop.blueprints.payments.states import PaymentState
from shop.blueprints.payments.webhooks.models import WebhookEvent
from shop.core import clock
from shop.plugins.api import db

SHOWN = 50
HEALED_WITHIN = timedelta(days=30)
WORTH_A_WARNING = timedelta(days=1)


class MessagesMissing(Exception):
    """Payments are found by asking only. The text says so, and what to look at."""


@dataclass(frozen=True, slots=True)
class Healed:
    """A payment whose end we learned by asking. `told_at`: when its provider told us after all, if it ever did."""

    payment: Payment
    told_at: datetime | None


def healed() -> list[Healed]:
    """What the reconciler found in the last thirty days, newest first."""
    told = (
        select(func.min(WebhookEvent.received_at))
        .where(
            WebhookEvent.provider == Payment.provider,
            WebhookEvent.reference == Payment.reference,
        )
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Payment, told)
        .join(Order, Order.id == Payment.order_id)
        .options(contains_eager(Payment.order))
        .where(
            Payment.learned_from == BY_ITSELF,
            Payment.settled_at > clock.now() - HEALED_WITHIN,
            Payment.state.not_in([PaymentState.EXPIRED, PaymentState.FAILED]),
        )
        .order_by(Payment.settled_at.desc())
        .limit(SHOWN)
    )
    return [Healed(payment, told_at) for payment, told_at in rows]


def never_told(found: Sequence[Healed]) -> list[Healed]:
    """Those of the last day of which no message ever came, though their provider sends some."""
    telling = telling_providers()
    since = clock.now() - WORTH_A_WARNING
    return [
        each
        for each in found
        if each.told_at is None
        and each.payment.provider in telling
        and each.payment.settled_at
        and each.payment.settled_at > since
    ]


def open_payments() -> Sequence[Payment]:
    """Payments that may still become anything, oldest first."""
    query = select(Payment).where(Payment.state == PaymentState.OPEN)
    query = query.options(selectinload(Payment.order)).order_by(Payment.started_at).limit(SHOWN)
    return db.session.scalars(query).all()


def messages() -> Sequence[WebhookEvent]:
    """What providers told us last."""
    query = select(WebhookEvent).order_by(WebhookEvent.id.desc()).limit(SHOWN)
    return db.session.scalars(query).all()


def check_payments() -> str:
    """For `shop doctor`.

    Raises:
        MessagesMissing: payments are made, and their providers' messages don't arrive.
        CardsTried: most cards are refused at present.
    """
    missing = never_told(healed())
    if missing:
        name = missing[0].payment.provider
        raise MessagesMissing(
            f"{len(missing)} payments of the last day were found only by asking: {name}'s messages don't arrive."
            f" Look at its webhook endpoint (/webhooks/{name}) and its secret."
        )
    if declines.is_wave():
        raise declines.CardsTried(
            "Most cards are being declined: someone may be testing stolen cards. Everyone gets only "
            "one try until this stops."
        )
    return f"{len(open_payments())} payments are open"
