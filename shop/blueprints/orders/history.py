"""Orders that were placed and paid elsewhere. They come in as history: nobody is charged, and nobody is written to."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from shop.blueprints.orders import fulfilment, queries, transitions
from shop.blueprints.orders.models import Order, OrderLine, OrderNote, OrderTransition
from shop.blueprints.orders.numbers import random_number
from shop.blueprints.orders.states import REGIONS, OrderState
from shop.core import money
from shop.core.mail.mailboxes import normal_address
from shop.plugins.api import Refused, db


def keep_past_order(order: Order, *, import_key: str, why: str) -> bool:
    """Store an order of another system, with its lines; whether it is new. A known key changes nothing.

    It is in no event, so that no invoice is written, no stock is sold and no file is handed over. One that waited for
    its money is cancelled, because it can't be paid here. A number that another order has gives way to a new one.

    Args:
        order: not stored yet, with its state; `why` stands in its history.

    Raises:
        Refused: it has no lines, or its amounts do not fit together.
    """
    if db.session.scalar(select(Order.id).where(Order.import_key == import_key)) is not None:
        return False
    if not order.lines:
        raise Refused("it has no lines")
    _require_states(order)
    _require_sums(order)
    order.import_key = import_key
    order.email = normal_address(order.email)
    order.reserved_until = None
    if not order.number or queries.order_by_number(order.number) is not None:
        order.number = random_number()
    if order.state == OrderState.AWAITING_PAYMENT:
        order.state = OrderState.CANCELLED
    for line in order.lines:
        if order.state == OrderState.FULFILLED and not line.is_digital:
            line.shipped_quantity = line.quantity - (line.called_off_quantity or 0)
    db.session.add(order)
    db.session.flush()
    fulfilment.keep_list(order)
    transitions.note(order.id, None, OrderState(order.state), why=why)
    return True


def forget_past_order(order_id: int) -> bool:
    """Delete an order that came in as history; False for one that somebody has dealt with here since."""
    order = db.session.get(Order, order_id)
    if order is None or order.import_key is None:
        return order is None
    try:
        with db.session.begin_nested():
            for model in (OrderNote, OrderTransition, OrderLine):
                db.session.execute(delete(model).where(model.order_id == order_id))
            db.session.execute(delete(Order).where(Order.id == order_id))
    except IntegrityError:  # a parcel, an invoice or a refund is about it
        return False
    return True


def _require_states(order: Order) -> None:
    try:
        for kind, region in REGIONS.items():
            kind(getattr(order, region.column) or "none")
    except ValueError:
        raise Refused("it is in a state that is not known here") from None


def _require_sums(order: Order) -> None:
    total = (
        order.subtotal_minor - order.discount_minor + order.shipping_minor + order.added_tax_minor
    )
    if order.total_minor != total:
        raise Refused("its amounts do not add up to its total")
    if not 0 <= order.total_minor <= money.MAX_MINOR or order.refunded_minor > order.total_minor:
        raise Refused("its total is out of range")
