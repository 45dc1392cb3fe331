"""Orders as plugins see them."""

from __future__ import annotations

from shop.blueprints.orders import queries
from shop.blueprints.orders.models import Order, OrderLine
from shop.core.mail.mailboxes import normal_address
from shop.core.web.security import absolute_url
from shop.plugins.api import OrderLineView, OrderView, Purchases, ReadModel, db


def order_view(order: Order) -> OrderView:
    """An order, with its lines."""
    return OrderView(
        id=order.id,
        number=order.number,
        token=order.token,
        url=absolute_url("orders.show", token=order.token),
        email=order.email,
        name=order.name,
        account_id=order.account_id,
        currency=order.currency,
        total_minor=order.total_minor,
        refunded_minor=order.refunded_minor,
        lines=tuple(map(_line, order.lines)),
        placed_at=order.placed_at,
        paid_at=order.paid_at,
        is_paid=order.is_paid,
        is_cancelled=order.is_cancelled,
        is_erased=order.is_erased,
    )


def _line(line: OrderLine) -> OrderLineView:
    return OrderLineView(
        id=line.id,
        product_id=line.product_id,
        variant_id=line.variant_id,
        title=line.title,
        variant_title=line.variant_title,
        sku=line.sku,
        unit_price_minor=line.unit_price_minor,
        quantity=line.quantity,
        is_digital=line.is_digital,
    )


def _find(key: int | str) -> OrderView | None:
    is_id = isinstance(key, int)
    order = db.session.get(Order, key) if is_id else queries.order_by_number(str(key))
    return order_view(order) if order else None


def _bought(key: int | str) -> Purchases:
    email = normal_address(str(key))
    return Purchases(email, queries.products_bought(email))


READ_MODELS = (ReadModel(OrderView, _find), ReadModel(Purchases, _bought))
