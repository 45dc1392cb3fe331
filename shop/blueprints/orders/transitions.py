"""The only way of an order from one state to another: by the tables, by one conditional statement, written down."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders import queries
from shop.blueprints.orders.models import Order, OrderTransition
from shop.blueprints.orders.states import REGIONS, Standing
from shop.core.database import rows_changed
from shop.plugins.api import db


def advance(
    order_id: int,
    *,
    come_from: Standing,
    to: Standing,
    why: str,
    by: Account | None = None,
    **values: Any,
) -> bool:
    """Take one step in one region; False when someone else was first.

    Raises:
        ValueError: the tables know no such step.
    """
    region = REGIONS[type(come_from)]
    if type(to) is not type(come_from) or to not in region.allowed[come_from]:
        raise ValueError(f"an order can't go from {come_from!r} to {to!r}")
    moved = rows_changed(
        update(Order)
        .where(Order.id == order_id, getattr(Order, region.column) == come_from)
        .values({region.column: to, **values})
    )
    if moved != 1:
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
