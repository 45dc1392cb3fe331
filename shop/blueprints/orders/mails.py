"""Mails about orders. A subscriber renders each; the transaction that closes its job queues it: once a fact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import select

from shop.blueprints.orders import queries
from shop.blueprints.orders.models import Order, OrderMail
from shop.blueprints.orders.read_model import order_view
from shop.core import clock, jobs, mail
from shop.core.mail.mailboxes import normal_address
from shop.core.secrets.tokens import fingerprint
from shop.plugins.api import JobKind, OrderView, db
from shop.plugins.api.events import OrderPaid
from shop.plugins.fields.custom_fields import public_fields

LINKS_JOB = "orders.send_links"
LINKS_AT_MOST = 20
LINKS_EVERY_SECONDS = 30 * 60


def mail_confirmation(event: OrderPaid) -> Callable[[], None]:
    """Tell the buyer that the order is paid, with the way to it and to what can be downloaded."""
    return prepare_confirmation(queries.read_again(event.order_id))


def prepare_confirmation(order: Order) -> Callable[[], None]:
    """Render the confirmation, the first time or once more; what is returned queues it."""
    return prepare_order_mail("order-confirmation", order.email, order)


def prepare_note(order: Order, body: str) -> Callable[[], None]:
    """Render what staff wrote to the buyer; what is returned queues it."""
    return prepare_order_mail("order-note", order.email, order, body=body)


def ask_for_links(email: str) -> None:
    """Have the links to past orders mailed, by a job, so that nobody can tell from the answer whether there are any.

    One mail an address and half-hour, however often someone asks.
    """
    email = normal_address(email)
    slot = int(clock.now().timestamp()) // LINKS_EVERY_SECONDS
    key = f"{LINKS_JOB}:{fingerprint(LINKS_JOB, email)}:{slot}"
    jobs.enqueue(LINKS_JOB, {"email": email}, unique_key=key)


def send_links(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: send someone the ways to their own paid orders; nothing when there are none."""
    orders = queries.paid_orders_of_email(payload["email"], LINKS_AT_MOST)
    return (
        mail.prepare_mail("order-links", payload["email"], {"orders": orders}) if orders else None
    )


SEND_LINKS = JobKind(name=LINKS_JOB, handle=send_links, in_transaction=False)


def prepare_order_mail(kind: str, to: str, order: Order, **more: Any) -> Callable[[], None]:
    """Render a mail about an order; what is returned queues it and notes it there. None goes to a buyer who was
    forgotten, be it meanwhile.
    """
    is_to_buyer = to == order.email
    if is_to_buyer and order.is_erased:
        return _write_nobody
    context: Mapping[str, Any] = {
        "order": order,
        "view": order_view(order),
        "details": public_fields(OrderView, order.id),
        **more,
    }
    return partial(_queue, order.id, mail.write(kind, to, context), is_to_buyer=is_to_buyer)


def _write_nobody() -> None:
    """There is nobody to write to."""


def _queue(order_id: int, written: mail.WrittenMail, *, is_to_buyer: bool) -> None:
    if is_to_buyer:
        email = db.session.scalar(select(Order.email).where(Order.id == order_id))
        if email != written.recipient:
            return
    queue_about(order_id, written)


def queue_about(order_id: int, written: mail.WrittenMail) -> None:
    """Queue a rendered mail, and note that it was about this order."""
    queued = mail.queue_written(written)
    db.session.add(OrderMail(order_id=order_id, mail_id=queued.id))
