"""Ending payments at their providers, and giving up the orders that they were for: outside any transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from flask_babel import gettext as _

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.payments import queries
from shop.blueprints.payments.answers import tell
from shop.blueprints.payments.attempts import opening
from shop.blueprints.payments.attempts.leftovers import JOB
from shop.blueprints.payments.attempts.looking_up import look_up_payment
from shop.blueprints.payments.cancelling import cancel_unpaid
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.providers import ProviderMissing, provider_named
from shop.blueprints.payments.settlement import Settlement
from shop.core import clock
from shop.plugins.api import JobKind, db, publish, unit_of_work
from shop.plugins.api.events import OrderCalledOff, OrderExpired

log = structlog.get_logger(__name__)

GIVE_UP_AFTER = timedelta(days=1)


def end_payment(payment_id: int, *, learned_from: str) -> Settlement:
    """End an open payment at its provider, and act on what became of it: it may have been paid a moment before."""
    payment = db.session.get_one(Payment, payment_id)
    name, reference = payment.provider, payment.reference
    db.session.rollback()
    if reference is None:
        with unit_of_work():
            opening.fail_payment(payment_id, _("The payment was never started"))
        return Settlement.NOT_PAID
    provider = provider_named(name)
    tell(provider, lambda: provider.expire(reference))
    return look_up_payment(payment_id, learned_from=learned_from)


def close_order(
    order_id: int,
    *,
    why: str,
    by: Account | None = None,
    insist: bool = False,
    is_expired: bool = False,
) -> bool:
    """Give up an order that waits for money: end its payments at their providers, then cancel it.

    True when it is cancelled now; False when it turned out to be paid, was not waiting, or a bank is at work on a
    payment that nobody can end any more. With `insist` it is cancelled even if a provider can't be reached: ending
    the payment there is tried again for days, and so it is where staff give up an order of a provider that is switched
    off or not installed any more. Money that comes nevertheless is dealt with as late. With
    `is_expired` its buyer, who may believe it paid, is told; and so is whoever staff (`by`) take an order from.

    Raises:
        Exception: a provider can't be reached, and we did not insist; the order still waits.
    """
    by_id = by.id if by else None
    for payment_id in queries.undecided_payments(order_id):
        try:
            end_payment(payment_id, learned_from="closing")
        except ProviderMissing as error:
            if by_id is None and not insist:
                raise
            # Nobody can ask it any more, so a person may decide.
            log.warning("payment.not_ended", payment=payment_id, error=repr(error))
            db.session.rollback()
        except Exception as error:
            if not insist:
                raise
            log.warning("payment.not_ended", payment=payment_id, error=repr(error))
            db.session.rollback()
    if queries.is_bank_at_work(order_id):
        return False
    with unit_of_work() as session:
        staff = session.get(Account, by_id) if by_id else None
        is_cancelled = cancel_unpaid(order_id, why=why, by=staff)
        if is_cancelled and is_expired:
            publish(OrderExpired(order_id=order_id))
        if is_cancelled and by_id:
            publish(OrderCalledOff(order_id=order_id))
        return is_cancelled


def close_expired() -> None:
    """Periodic: give up orders whose reservation has ended without payment."""
    now = clock.now()
    for order_id, reserved_until in order_queries.expired_orders(now):
        try:
            close_order(
                order_id,
                why=_("Not paid in time"),
                insist=reserved_until + GIVE_UP_AFTER < now,
                is_expired=True,
            )
        except Exception as error:  # noqa: BLE001 - tried again at the next run
            log.warning("order.not_closed", order=order_id, error=repr(error))
            db.session.rollback()


def _end_each(payload: dict[str, Any]) -> None:
    for payment_id in payload["payment_ids"]:
        end_payment(payment_id, learned_from="closing")


END = JobKind(name=JOB, handle=_end_each, max_attempts=24, in_transaction=False)
