"""The beginning of a payment, as we write it down: before the provider is asked, and what it answers."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select, update

from shop.blueprints.orders.models import Order
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.states import UNDECIDED, PaymentState
from shop.core import clock
from shop.core.database import rows_changed
from shop.plugins.api import PaymentStarted, db

START_TAKES = timedelta(seconds=20)
"""Longer than any provider's client tries: who set out to start a payment before that is gone."""


def begin_payment(order: Order, provider: str) -> Payment:
    """Write down that we are about to ask a provider for a payment of this order."""
    payment = Payment(
        order_id=order.id,
        provider=provider,
        amount_minor=order.total_minor,
        currency=order.currency,
        state=PaymentState.STARTING,
    )
    db.session.add(payment)
    db.session.flush()
    return payment


def take_up_payment(order: Order, provider: str) -> tuple[Payment, bool]:
    """The payment of a locked order at a provider, and whether it is ours to ask for.

    It is written down now unless one is there that may still become anything; it is not ours to ask for while another
    request, which was here first, may still be asking.
    """
    payment = _undecided_at(order.id, provider) or begin_payment(order, provider)
    return payment, _claim_start(payment.id)


def _undecided_at(order_id: int, provider: str) -> Payment | None:
    return db.session.scalar(
        select(Payment)
        .where(
            Payment.order_id == order_id,
            Payment.provider == provider,
            Payment.state.in_(UNDECIDED),
        )
        .order_by(Payment.id)
        .limit(1)
    )


def _claim_start(payment_id: int) -> bool:
    now = clock.now()
    claimed = rows_changed(
        update(Payment)
        .where(
            Payment.id == payment_id,
            Payment.state == PaymentState.STARTING,
            or_(Payment.checked_at.is_(None), Payment.checked_at < now - START_TAKES),
        )
        .values(checked_at=now)
    )
    return claimed == 1


def open_payment(payment_id: int, started: PaymentStarted) -> bool:
    """Note what the provider calls the payment. False when it is no longer wanted, and must be ended there."""
    payment = db.session.get_one(Payment, payment_id, with_for_update=True, populate_existing=True)
    payment.reference = started.reference
    payment.redirect_url = started.redirect_url
    payment.pay_by = started.pay_by
    if payment.state == PaymentState.STARTING:
        payment.state = PaymentState.OPEN
    return payment.state == PaymentState.OPEN


def fail_payment(payment_id: int, reason: str) -> None:
    """Note that a payment could not even be started."""
    db.session.execute(
        update(Payment)
        .where(Payment.id == payment_id, Payment.state == PaymentState.STARTING)
        .values(state=PaymentState.FAILED, reason=reason[:300], settled_at=clock.now())
        .execution_options(synchronize_session=False)
    )
