"""Handing an order over: what has left, what will not be sent any more, and what is still to be done.

Every function works on an order whose row is locked (`queries.lock`); the conditional statements and the database's
checks are the second net.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy import update

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders import queries, transitions
from shop.blueprints.orders.models import Order, OrderLine
from shop.blueprints.orders.states import OrderState
from shop.core import clock
from shop.core.database import rows_changed
from shop.plugins.api import Refused, publish
from shop.plugins.api.events import OrderFulfilled, OrderShipped

TO_SEND = frozenset({OrderState.PAID, OrderState.PARTLY_FULFILLED})


def ship_pieces(
    order: Order, pieces: Mapping[int, int], *, why: str, by: Account | None = None
) -> OrderState:
    """Note that items, by order line, were handed to a carrier; the order's new state.

    Raises:
        Refused: it is not paid, is disputed, or fewer of a line are left to send.
    """
    order = queries.lock(order.id)
    if order.state not in TO_SEND or order.is_refunded:
        raise Refused(_("Nothing in this order needs to be sent."))
    if order.is_disputed:
        raise Refused(
            _("This order has an open payment dispute. Don’t send it until the dispute is closed.")
        )
    if not pieces or any(quantity < 1 for quantity in pieces.values()):
        raise Refused(_("Enter how many items are in the parcel."))
    left = {line.id: line.outstanding for line in order.lines}
    for line_id, quantity in sorted(pieces.items()):
        if quantity > left.get(line_id, 0) or not _ship(order.id, line_id, quantity):
            raise Refused(_("There are not that many left to send. Check the order again."))
    order = queries.read_again(order.id)
    publish(OrderShipped(order_id=order.id))
    return _go_on(order, why=why, by=by)


def _ship(order_id: int, line_id: int, quantity: int) -> bool:
    shipped = rows_changed(
        update(OrderLine)
        .where(
            OrderLine.id == line_id,
            OrderLine.order_id == order_id,
            OrderLine.is_digital.is_(False),
            OrderLine.shipped_quantity + OrderLine.called_off_quantity + quantity
            <= OrderLine.quantity,
        )
        .values(shipped_quantity=OrderLine.shipped_quantity + quantity)
    )
    return shipped == 1


def hand_over_downloads(order: Order, *, why: str) -> None:
    """The downloads are there: an order of nothing else is fulfilled. Asked again, nothing changes."""
    order = queries.lock(order.id)
    if order.state == OrderState.PAID and not order.needs_shipping:
        _fulfil(order, why=why)


def set_items_aside(line: OrderLine, quantity: int) -> int:
    """Count items of a line as refunded, or about to be; how many of them had not left, and never will now.

    Raises:
        Refused: fewer are left to refund.
    """
    if not 1 <= quantity <= line.quantity - line.refunding_quantity:
        raise Refused(_("There are not that many items left to refund."), field="lines")
    line.refunding_quantity += quantity
    return _call_off(line, quantity)


def give_items_back(line: OrderLine, quantity: int, *, called_off: int) -> None:
    """A refund of items failed: they are the buyer's again, and `called_off` of them are to be sent."""
    line.refunding_quantity -= quantity
    line.called_off_quantity -= called_off


def call_off_rest(order: Order) -> None:
    """Send nothing more of an order whose money has all gone back."""
    for line in order.lines:
        _call_off(line, line.outstanding)
    keep_list(order)


def call_back_rest(order: Order, called_off: Mapping[int, int]) -> None:
    """Send again what was called off only because all the money had gone back.

    Args:
        called_off: items by line that are refunded one by one, and stay so.
    """
    for line in order.lines:
        line.called_off_quantity = called_off.get(line.id, 0)


def _call_off(line: OrderLine, quantity: int) -> int:
    called_off = min(quantity, line.outstanding)
    line.called_off_quantity += called_off
    return called_off


def keep_list(order: Order) -> None:
    """Let an order stand in the list of what is to be sent exactly while something of it is."""
    waits = order.state in TO_SEND and any(line.outstanding for line in order.lines)
    if waits and order.to_send_since is None:
        order.to_send_since = clock.now()
    elif not waits:
        order.to_send_since = None


def follow_refund(order: Order, *, why: str) -> None:
    """What a refund that is done, or that bounced, means for the state: the last missing item may be called off."""
    keep_list(order)
    left = any(line.outstanding for line in order.lines)
    if left and order.state == OrderState.FULFILLED:
        transitions.advance(
            order.id, come_from=OrderState.FULFILLED, to=OrderState.PARTLY_FULFILLED, why=why
        )
        keep_list(order)
    handed_over = any(line.is_digital or line.shipped_quantity for line in order.lines)
    if not left and handed_over and order.state in TO_SEND:
        _fulfil(order, why=why)


def _go_on(order: Order, *, why: str, by: Account | None) -> OrderState:
    if not order.outstanding:
        _fulfil(order, why=why, by=by)
        return OrderState.FULFILLED
    if order.state == OrderState.PAID:
        transitions.advance(
            order.id,
            come_from=OrderState.PAID,
            to=OrderState.PARTLY_FULFILLED,
            why=why,
            by=by,
        )
    else:
        transitions.note(
            order.id, OrderState.PARTLY_FULFILLED, OrderState.PARTLY_FULFILLED, why=why, by=by
        )
    keep_list(order)
    return OrderState.PARTLY_FULFILLED


def _fulfil(order: Order, *, why: str, by: Account | None = None) -> None:
    transitions.advance(
        order.id, come_from=OrderState(order.state), to=OrderState.FULFILLED, why=why, by=by
    )
    order.to_send_since = None
    publish(OrderFulfilled(order_id=order.id))
