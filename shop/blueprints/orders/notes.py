"""Notes that staff write on an order: for themselves, or to its buyer."""

from __future__ import annotations

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders import letters
from shop.blueprints.orders.models import Order, OrderNote
from shop.extensions import db


def write(order: Order, body: str, *, to_buyer: bool, by: Account | None) -> OrderNote:
    """Keep a note; one to the buyer is mailed, and stands on the order's page."""
    note = OrderNote(order_id=order.id, body=body, to_buyer=to_buyer, by_id=by.id if by else None)
    db.session.add(note)
    if to_buyer:
        letters.send_note(order, body)
    return note
