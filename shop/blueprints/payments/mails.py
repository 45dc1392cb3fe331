"""Mails about money. A subscriber renders each; the transaction that closes its job queues it: once a fact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from shop.blueprints.accounts import queries as accounts
from shop.blueprints.orders import mails
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders.models import Order
from shop.blueprints.payments import queries
from shop.blueprints.payments.disputes.models import Dispute
from shop.blueprints.payments.disputes.queries import disputes_of
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.refunds.models import Refund
from shop.core import clock
from shop.core.mail.models import was_written
from shop.plugins.api import db
from shop.plugins.api.events import (
    BankDidNotPay,
    OrderCalledOff,
    OrderDisputed,
    OrderExpired,
    OrderRefunded,
    RefundBecameDue,
    RefundFailed,
)

NOT_PAID = "order-not-paid"
NOT_PAID_EVERY = timedelta(days=1)


def tell_of_bank(event: BankDidNotPay) -> Callable[[], None] | None:
    """Tell the buyer that the bank did not pay after all."""
    return _tell_buyer(NOT_PAID, event.order_id, if_still=_is_to_be_told)


def tell_of_expired(event: OrderExpired) -> Callable[[], None] | None:
    """Tell the buyer that the order was given up unpaid. An address is told once a day, whoever types it in."""
    return _tell_buyer(NOT_PAID, event.order_id, if_still=_was_not_told_today)


def tell_of_called_off(event: OrderCalledOff) -> Callable[[], None] | None:
    """Tell the buyer that staff gave up the order, and how to get everything back into the cart."""
    return _tell_buyer("order-cancelled", event.order_id, if_still=_is_given_up)


def _is_to_be_told(order: Order) -> bool:
    is_told = any(written.kind == NOT_PAID for written in order_queries.mails_of(order))
    return not (is_told or order.is_paid or queries.has_unserved_money(order.id))


def _was_not_told_today(order: Order) -> bool:
    since = clock.now() - NOT_PAID_EVERY
    return not was_written(NOT_PAID, order.email, since=since) and _is_to_be_told(order)


def _is_given_up(order: Order) -> bool:
    return order.is_cancelled and not queries.has_unserved_money(order.id)


def _tell_buyer(
    kind: str, order_id: int, *, if_still: Callable[[Order], bool]
) -> Callable[[], None] | None:
    """Render a mail where the order calls for it; what is returned looks once more before it queues it."""
    order = order_queries.read_again(order_id)
    if not if_still(order):
        return None
    return partial(
        _queue_if, if_still, order_id, mails.prepare_order_mail(kind, order.email, order)
    )


def _queue_if(
    is_called_for: Callable[[Order], bool], order_id: int, queue_mail: Callable[[], None]
) -> None:
    if is_called_for(order_queries.read_again(order_id)):
        queue_mail()


def announce_refund(event: RefundBecameDue) -> Callable[[], None]:
    """Tell the buyer that we can't take the money that came, and that it is refunded automatically."""
    payment = db.session.get_one(Payment, event.payment_id)
    order = order_queries.read_again(payment.order_id)
    return mails.prepare_order_mail("order-refund-due", order.email, order, payment=payment)


def confirm_refund(event: OrderRefunded) -> Callable[[], None]:
    """Tell the buyer that money is on its way back, and for what."""
    refund = db.session.get_one(Refund, event.refund_id)
    return mails.prepare_order_mail(
        "order-refunded", refund.order.email, refund.order, refund=refund
    )


def report_failed_refund(event: RefundFailed) -> Callable[[], None] | None:
    """Tell the owner that money did not reach its buyer: someone has to find another way."""
    refund = db.session.get_one(Refund, event.refund_id)
    return _tell_owner("order-attention", refund.order, refund=refund)


def report_dispute(event: OrderDisputed) -> Callable[[], None] | None:
    """Tell the owner that a bank was asked to take money back, and until when that can be answered."""
    order = order_queries.read_again(event.order_id)
    dispute = (
        db.session.get_one(Dispute, event.dispute_id)
        if event.dispute_id
        else disputes_of(order.id)[-1]
    )
    return _tell_owner("order-disputed", order, dispute=dispute) if dispute.is_open else None


def _tell_owner(kind: str, order: Order, **more: Any) -> Callable[[], None] | None:
    owner = accounts.address_of_owner()
    return mails.prepare_order_mail(kind, owner, order, **more) if owner else None
