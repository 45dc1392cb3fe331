"""What stands about money on orders' pages in the admin: what the slots there need to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.blueprints.orders.models import Order
from shop.blueprints.orders.queries import order_by_id_or_404
from shop.blueprints.payments import queries
from shop.blueprints.payments.disputes import queries as disputes
from shop.blueprints.payments.refunds import queries as refunds
from shop.plugins.api import OrderView


def above_the_list() -> Mapping[str, Any] | None:
    """What is to be done about the money of any order."""
    pressing = {
        "disputes": disputes.open_disputes(),
        "due_back": queries.payments_due_back(),
        "unclear": refunds.unclear(),
    }
    return pressing if any(pressing.values()) else None


def above(order: OrderView) -> Mapping[str, Any] | None:
    """What is to be done about the money of this order."""
    is_due_back = bool(queries.orders_with_money_due_back([order.id]))
    disputed = [each for each in disputes.disputes_of(order.id) if each.is_open]
    return {"disputes": disputed, "is_due_back": is_due_back} if is_due_back or disputed else None


def tools_of(order: OrderView) -> Mapping[str, Any]:
    """The buttons that move its money."""
    stored = order_by_id_or_404(order.id)
    return {"order": stored, "may_refund": _may_refund(stored)}


def _may_refund(order: Order) -> bool:
    payment = queries.payment_that_paid(order.id) if order.is_paid else None
    return payment is not None and payment.refundable_minor > 0 and not order.is_disputed


def money_of(order: OrderView) -> Mapping[str, Any]:
    """Everything that is known of its money."""
    return {
        "order": order,
        "payments": queries.payments_of(order.id),
        "refunds": refunds.refunds_of(order.id),
        "disputes": disputes.disputes_of(order.id),
    }
