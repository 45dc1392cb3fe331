"""What pieces of an order were paid for: what goes back for them when they are refunded."""

from __future__ import annotations

from shop.blueprints.orders.models import Order, OrderLine


def of_pieces(line: OrderLine, quantity: int, *, after: int = 0) -> int:
    """What the next `quantity` pieces of a line cost the buyer, once `after` pieces have been refunded.

    Rounded so that refunding a line piece by piece gives back exactly its price, never a cent more.
    """
    paid = line.charged_minor
    return paid * (after + quantity) // line.quantity - paid * after // line.quantity


def of_shipping(order: Order) -> int:
    """What the buyer paid for shipping, with the tax on it where that is on top."""
    return order.shipping_minor + order.added_tax_minor - _tax_on_lines(order)


def _tax_on_lines(order: Order) -> int:
    return 0 if order.prices_include_tax else sum(line.tax_minor for line in order.lines)
