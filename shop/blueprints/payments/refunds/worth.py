"""What items of an order were paid for: what goes back for them when they are refunded."""

from __future__ import annotations

from shop.blueprints.orders.models import Order, OrderLine


def of_line(line: OrderLine) -> int:
    """What the buyer paid for a line: less its share of the discount, with its tax where that came on top."""
    return max(0, line.charged_minor)


def of_pieces(line: OrderLine, quantity: int, *, after: int = 0) -> int:
    """What the next `quantity` items of a line cost the buyer, once `after` items have been refunded.

    Rounded so that refunding a line item by item gives back exactly its price, never a cent more.
    """
    paid = of_line(line)
    return paid * (after + quantity) // line.quantity - paid * after // line.quantity


def of_shipping(order: Order) -> int:
    """What the buyer paid for shipping: whatever of the total was not for a line."""
    return max(0, order.total_minor - sum(of_line(line) for line in order.lines))
