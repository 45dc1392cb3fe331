"""Payments that nobody may pay any more: each is queued to be ended at its provider. Only inside a unit of work."""

from __future__ import annotations

from shop.blueprints.payments import queries
from shop.core import jobs
from shop.plugins.api.events import OrderCancelled, OrderPaid

JOB = "payments.end"


def end_later(payment_ids: list[int]) -> None:
    """Have payments ended by a job, tried again for a day."""
    jobs.enqueue(JOB, {"payment_ids": payment_ids})


def end_leftovers(event: OrderPaid | OrderCancelled) -> None:
    """After an order was paid or cancelled: nobody must pay in vain by another payment of it that is still open."""
    left = queries.payments_to_end(event.order_id)
    if left:
        end_later(left)
