"""Mails about orders. Each is written by a subscriber, in the transaction that closes its job: once a fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.blueprints.orders import queries
from shop.blueprints.orders.models import Order, OrderMail
from shop.blueprints.orders.read_model import order_view
from shop.core import clock, jobs, mail
from shop.core.mail.mailboxes import normal_address
from shop.core.mail.models import Mail
from shop.core.secrets.tokens import fingerprint
from shop.plugins.api import JobKind, OrderView, db
from shop.plugins.api.events import OrderPaid
from shop.plugins.fields.custom_fields import public_fields

LINKS_JOB = "orders.send_links"
LINKS_AT_MOST = 20
LINKS_EVERY_SECONDS = 30 * 60


def mail_confirmation(event: OrderPaid) -> None:
    """Tell the buyer that the order is paid, with the way to it and to what can be downloaded."""
    send_confirmation(queries.read_again(event.order_id))


def send_confirmation(order: Order) -> None:
    """Write the confirmation, the first time or once more."""
    write_mail("order-confirmation", order.email, order)


def send_note(order: Order, body: str) -> None:
    """Mail what staff wrote to the buyer."""
    write_mail("order-note", order.email, order, body=body)


def ask_for_links(email: str) -> None:
    """Have the links to past orders mailed, by a job, so that nobody can tell from the answer whether there are any.

    One mail an address and half-hour, however often someone asks.
    """
    email = normal_address(email)
    slot = int(clock.now().timestamp()) // LINKS_EVERY_SECONDS
    key = f"{LINKS_JOB}:{fingerprint(LINKS_JOB, email)}:{slot}"
    jobs.enqueue(LINKS_JOB, {"email": email}, unique_key=key)


def send_links(payload: dict[str, Any]) -> None:
    """The job: send someone the ways to their own paid orders; nothing when there are none."""
    orders = queries.paid_orders_of_email(payload["email"], LINKS_AT_MOST)
    if orders:
        mail.queue("order-links", payload["email"], {"orders": orders})


SEND_LINKS = JobKind(name=LINKS_JOB, handle=send_links)


def write_mail(kind: str, to: str, order: Order, **more: Any) -> None:
    """Queue a mail about an order and note it there; none to a buyer who was forgotten."""
    if to == order.email and order.is_erased:
        return
    context: Mapping[str, Any] = {
        "order": order,
        "view": order_view(order),
        "details": public_fields(OrderView, order.id),
        **more,
    }
    link_mail(order, mail.queue(kind, to, context))


def link_mail(order: Order, written: Mail) -> None:
    """Note that a mail was about this order."""
    db.session.add(OrderMail(order_id=order.id, mail_id=written.id))
