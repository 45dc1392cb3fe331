"""Facts of orders."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    """Someone ordered; nothing has been paid yet.

    Attributes:
        order_id: which order.
    """

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderPaid(Event):
    """An order has been paid for, or costs nothing. Published once an order.

    Attributes:
        order_id: which order.
    """

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderFulfilled(Event):
    """Everything in an order has been handed over.

    Attributes:
        order_id: which order.
    """

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderCancelled(Event):
    """An order came to nothing; its stock is free again.

    Attributes:
        order_id: which order.
    """

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderShipped(Event):
    """Something of an order was handed to a carrier: all that was left of it, or a part.

    Attributes:
        order_id: which order.
    """

    order_id: int


@dataclass(frozen=True, slots=True)
class OrderErased(Event):
    """Nobody can tell any more who ordered: what else is kept for this order forgets it too.

    Attributes:
        order_id: which order.
    """

    order_id: int
