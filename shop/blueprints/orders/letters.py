"""Mails about orders. Each is written by a subscriber, in the transaction that closes its job: once a fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.blueprints.accounts import queries as accounts
from shop.blueprints.orders import queries, refund_queries, services
from shop.blueprints.orders.events import (
    OrderDisputed,
    OrderPaid,
    OrderRefunded,
    RefundBecameDue,
    RefundFailed,
)
from shop.blueprints.orders.models import Order, Payment
from shop.blueprints.orders.refund_models import Dispute, Refund
from shop.core import clock, jobs, mail
from shop.core.jobs import JobKind
from shop.core.tokens import fingerprint
from shop.extensions import db

LINKS_JOB = "orders.send_links"
LINKS_AT_MOST = 20
LINKS_EVERY_SECONDS = 30 * 60


def confirm(event: OrderPaid) -> None:
    """Tell the buyer that the order is paid, with the way to it and to what can be downloaded."""
    send_confirmation(queries.read_again(event.order_id))


def send_confirmation(order: Order) -> None:
    """Write the confirmation, the first time or once more."""
    _write("order-confirmation", order.email, order)


def announce_refund(event: RefundBecameDue) -> None:
    """Tell the buyer that money came which we can't take, and that it goes back by itself."""
    payment = db.session.get_one(Payment, event.payment_id)
    order = queries.read_again(payment.order_id)
    _write("order-refund-due", order.email, order, payment=payment)


def confirm_refund(event: OrderRefunded) -> None:
    """Tell the buyer that money is on its way back, and for what."""
    refund = db.session.get_one(Refund, event.refund_id)
    _write("order-refunded", refund.order.email, refund.order, refund=refund)


def report_failed_refund(event: RefundFailed) -> None:
    """Tell the owner that money did not reach its buyer: somebody has to find another way."""
    refund = db.session.get_one(Refund, event.refund_id)
    _tell_owner("order-attention", refund.order, refund=refund)


def report_dispute(event: OrderDisputed) -> None:
    """Tell the owner that a bank was asked to take money back, and until when that can be answered."""
    order = queries.read_again(event.order_id)
    dispute = (
        db.session.get_one(Dispute, event.dispute_id)
        if event.dispute_id
        else refund_queries.disputes_of(order.id)[-1]
    )
    if dispute.is_open:
        _tell_owner("order-disputed", order, dispute=dispute)


def send_note(order: Order, body: str) -> None:
    """Mail what staff wrote to the buyer."""
    _write("order-note", order.email, order, body=body)


def _tell_owner(kind: str, order: Order, **more: Any) -> None:
    owner = accounts.address_of_owner()
    if owner:
        _write(kind, owner, order, **more)


def ask_for_links(email: str) -> None:
    """Have the links to past orders mailed, by a job, so that nobody can tell from the answer whether there are any.

    One mail an address and half-hour, however often somebody asks.
    """
    email = email.lower()
    slot = int(clock.now().timestamp()) // LINKS_EVERY_SECONDS
    key = f"{LINKS_JOB}:{fingerprint(LINKS_JOB, email)}:{slot}"
    jobs.enqueue(LINKS_JOB, {"email": email}, unique_key=key)


def send_links(payload: dict[str, Any]) -> None:
    """The job: send somebody the ways to their own paid orders; nothing when there are none."""
    orders = queries.paid_orders_of_email(payload["email"], LINKS_AT_MOST)
    if orders:
        mail.queue("order-links", payload["email"], {"orders": orders})


SEND_LINKS = JobKind(name=LINKS_JOB, handle=send_links)


def _write(kind: str, to: str, order: Order, **more: Any) -> None:
    if to == order.email and order.is_erased:
        return
    context: Mapping[str, Any] = {"order": order, **more}
    services.remember_mail(order, mail.queue(kind, to, context))
