"""Facts of orders."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    """Somebody ordered; nothing has been paid yet."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderPaid(Event):
    """An order has been paid for, or costs nothing. Published once an order."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderFulfilled(Event):
    """Everything in an order has been handed over."""

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderCancelled(Event):
    """An order came to nothing; its stock is free again."""

    order_id: int


@dataclass(frozen=True, slots=True)
class RefundBecameDue(Event):
    """Money came in that no order can be served for. Published once a payment."""

    payment_id: int
