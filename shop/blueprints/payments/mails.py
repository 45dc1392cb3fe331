"""Mails about money. Each is written by a subscriber, in the transaction that closes its job: once a fact."""

from __future__ import annotations

from datetime import timedelta
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


def tell_of_bank(event: BankDidNotPay) -> None:
    """Tell the buyer that the bank did not pay after all."""
    _tell_not_paid(order_queries.read_again(event.order_id))


def tell_of_expired(event: OrderExpired) -> None:
    """Tell the buyer that the order was given up unpaid. An address is told once a day, whoever types it in."""
    order = order_queries.read_again(event.order_id)
    since = clock.now() - NOT_PAID_EVERY
    if not was_written(NOT_PAID, order.email, since=since):
        _tell_not_paid(order)


def tell_of_called_off(event: OrderCalledOff) -> None:
    """Tell the buyer that staff gave up the order, and how to get everything back into the cart."""
    order = order_queries.read_again(event.order_id)
    if order.is_cancelled and not queries.has_unserved_money(order.id):
        mails.write_mail("order-cancelled", order.email, order)


def _tell_not_paid(order: Order) -> None:
    is_told = any(written.kind == NOT_PAID for written in order_queries.mails_of(order))
    if not (is_told or order.is_paid or queries.has_unserved_money(order.id)):
        mails.write_mail(NOT_PAID, order.email, order)


def announce_refund(event: RefundBecameDue) -> None:
    """Tell the buyer that we can't take the money that came, and that it is refunded automatically."""
    payment = db.session.get_one(Payment, event.payment_id)
    order = order_queries.read_again(payment.order_id)
    mails.write_mail("order-refund-due", order.email, order, payment=payment)


def confirm_refund(event: OrderRefunded) -> None:
    """Tell the buyer that money is on its way back, and for what."""
    refund = db.session.get_one(Refund, event.refund_id)
    mails.write_mail("order-refunded", refund.order.email, refund.order, refund=refund)


def report_failed_refund(event: RefundFailed) -> None:
    """Tell the owner that money did not reach its buyer: someone has to find another way."""
    refund = db.session.get_one(Refund, event.refund_id)
    _tell_owner("order-attention", refund.order, refund=refund)


def report_dispute(event: OrderDisputed) -> None:
    """Tell the owner that a bank was asked to take money back, and until when that can be answered."""
    order = order_queries.read_again(event.order_id)
    dispute = (
        db.session.get_one(Dispute, event.dispute_id)
        if event.dispute_id
        else disputes_of(order.id)[-1]
    )
    if dispute.is_open:
        _tell_owner("order-disputed", order, dispute=dispute)


def _tell_owner(kind: str, order: Order, **more: Any) -> None:
    owner = accounts.address_of_owner()
    if owner:
        mails.write_mail(kind, owner, order, **more)
