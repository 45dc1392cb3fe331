"""Giving an unpaid order up together with its payments, in one transaction."""

from __future__ import annotations

from sqlalchemy import update

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders import services as order_services
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.states import UNDECIDED, PaymentState
from shop.core import clock
from shop.plugins.api import db


def cancel_unpaid(order_id: int, *, why: str, by: Account | None = None) -> bool:
    """Give up an order that nobody paid, its stock and its payments. False when it is not waiting any more.

    Its payments have to be ended at their providers first: call `attempts.ending.close`, which does both. Only inside
    a unit of work.
    """
    if not order_queries.lock(order_id).is_awaiting_payment:
        return False
    db.session.execute(
        update(Payment)
        .where(Payment.order_id == order_id, Payment.state.in_(UNDECIDED))
        .values(state=PaymentState.EXPIRED, reason=why[:300], settled_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return order_services.cancel_order(order_id, why=why, by=by)
