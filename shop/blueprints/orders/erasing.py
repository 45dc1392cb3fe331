"""Forgetting who ordered: at once, or as soon as nothing of the order is under way any more.

Amounts stay, because books have to. What is to be sent, paid or refunded, or what a bank decides about, keeps its
buyer until that is over; a job looks again each day, so that nobody has to ask twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete

from shop.blueprints.orders import extensions, queries, services
from shop.blueprints.orders.models import ERASED, Order, OrderNote
from shop.core import clock, jobs
from shop.core.jobs import Lane
from shop.plugins.api import JobKind, OrderView, db, publish
from shop.plugins.api.events import OrderErased
from shop.plugins.fields.custom_fields import forget_custom_fields

ERASE_JOB = "orders.erase"
LOOK_EVERY = timedelta(days=1)


def erase(email: str) -> None:
    """Forget the buyer of what was ordered with an address; the owner reads on the others that they will be."""
    kept = _erase_each(order.id for order in queries.orders_of_email(email))
    for order_id in kept:
        services.write_order_note(
            queries.read_again(order_id),
            _(
                "The buyer asked us to erase their data. This happens automatically when the order is complete."
            ),
            to_buyer=False,
            by=None,
        )


def erase_rest(payload: dict[str, Any]) -> None:
    """The job: those whose time has come; a day later the others."""
    _erase_each(payload["order_ids"])


def _erase_each(order_ids: Iterable[int]) -> list[int]:
    kept = [each for each in sorted(order_ids) if not _erase(queries.lock(each))]
    if kept:
        jobs.enqueue(ERASE_JOB, {"order_ids": kept}, run_at=clock.now() + LOOK_EVERY)
    return kept


def _erase(order: Order) -> bool:
    if order.is_erased:
        return True
    if order.to_send_since or order.is_awaiting_payment or extensions.need_buyer(order):
        return False
    order.email = f"erased-{order.id}{ERASED}"
    order.name = order.tax_number = ""
    order.address = None
    order.note = order.gift_note = ""
    db.session.execute(delete(OrderNote).where(OrderNote.order_id == order.id))
    forget_custom_fields(OrderView, order.id)
    publish(OrderErased(order_id=order.id))
    return True


ERASE = JobKind(name=ERASE_JOB, handle=erase_rest, lane=Lane.SLOW)
