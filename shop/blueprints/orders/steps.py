"""The only way of an order from one state to another: by the tables, by one conditional statement, written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders import queries
from shop.blueprints.orders.models import Order, OrderTransition
from shop.blueprints.orders.states import (
    ALLOWED,
    ALLOWED_DISPUTES,
    ALLOWED_REFUNDS,
    DisputeStanding,
    OrderState,
    RefundStanding,
    Standing,
)
from shop.extensions import db

_REGIONS: Mapping[type[Standing], tuple[str, Mapping[Any, frozenset[Any]]]] = {
    OrderState: ("state", ALLOWED),
    RefundStanding: ("refund_state", ALLOWED_REFUNDS),
    DisputeStanding: ("dispute_state", ALLOWED_DISPUTES),
}


def advance(
    order_id: int,
    *,
    come_from: Standing,
    to: Standing,
    why: str,
    by: Account | None = None,
    **values: Any,
) -> bool:
    """Take one step in one region; False when somebody else was first.

    Raises:
        ValueError: the tables know no such step.
    """
    name, allowed = _REGIONS[type(come_from)]
    if type(to) is not type(come_from) or to not in allowed[come_from]:
        raise ValueError(f"an order can't go from {come_from!r} to {to!r}")
    moved = db.session.execute(
        update(Order)
        .where(Order.id == order_id, getattr(Order, name) == come_from)
        .values({name: to, **values})
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        return False
    queries.read_again(order_id)
    note(order_id, come_from, to, why=why, by=by)
    return True


def note(
    order_id: int,
    come_from: Standing | None,
    to: Standing,
    *,
    why: str,
    by: Account | None = None,
) -> None:
    """Write down who took a step, when and why."""
    step = OrderTransition(
        order_id=order_id,
        from_state=come_from,
        to_state=to,
        why=why[:300],
        by_id=by.id if by else None,
    )
    db.session.add(step)
