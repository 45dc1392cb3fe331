"""The beginning of a payment, as we write it down; `payments.py` talks to the provider meanwhile."""

from __future__ import annotations

from sqlalchemy import update

from shop.blueprints.orders.models import Order, Payment
from shop.blueprints.orders.states import PaymentState
from shop.core import clock
from shop.extensions import db
from shop.plugins.api import PaymentStarted


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


def open_payment(payment_id: int, started: PaymentStarted) -> bool:
    """Note what the provider calls the payment. False when it is no longer wanted, and must be ended there."""
    payment = db.session.get_one(Payment, payment_id, with_for_update=True, populate_existing=True)
    payment.reference = started.reference
    payment.redirect_url = started.redirect_url
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
