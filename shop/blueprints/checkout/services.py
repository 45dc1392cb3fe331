"""What happens to a cart when its order is paid."""

from __future__ import annotations

from sqlalchemy import update

from shop.blueprints.cart import services as cart_services
from shop.blueprints.checkout import queries
from shop.blueprints.checkout.models import CheckoutAttempt
from shop.blueprints.orders.events import OrderPaid
from shop.core import clock
from shop.core.database import rows_changed


def cart_was_paid(event: OrderPaid) -> None:
    """A paid order's cart is done with."""
    clear_cart(event.order_id)


def clear_cart(order_id: int) -> None:
    """Take what was paid for out of its cart, once; what was added meanwhile stays."""
    attempt = queries.attempt_of_order(order_id)
    if attempt is None:
        return
    cleared = rows_changed(
        update(CheckoutAttempt)
        .where(CheckoutAttempt.order_id == order_id, CheckoutAttempt.cart_cleared_at.is_(None))
        .values(cart_cleared_at=clock.now())
    )
    cart = queries.locked_cart(attempt.cart_id)
    if cleared != 1 or cart is None:
        return
    bought = [(line.variant_id, line.quantity) for line in attempt.order.lines if line.variant_id]
    cart_services.take_out(cart, bought)
    cart_services.write_note(cart, "")
