"""Whether the history of orders is whole: each step begins where the one before ended, up to where the order is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select

from shop.blueprints.orders.models import Order, OrderTransition
from shop.blueprints.orders.states import OrderState
from shop.plugins.api import db


class ChainBroken(Exception):
    """The steps of an order do not lead to where it is. The text names such orders."""


def check_chains() -> str:
    """For `shop doctor`, and after a restore.

    Raises:
        ChainBroken: the steps of an order have a gap, or do not lead to its state.
    """
    broken = broken_chains()
    if broken:
        raise ChainBroken(
            f"The history of {len(broken)} orders ({', '.join(broken[:10])}) does not lead to their states."
            " Compare them with a backup and with your payment provider."
        )
    return "the history of every order leads to its state"


def broken_chains() -> Sequence[str]:
    """The numbers of orders whose steps have a gap, or end elsewhere than where the order is."""
    steps = (
        select(
            OrderTransition.order_id,
            OrderTransition.from_state,
            OrderTransition.to_state,
            func.lag(OrderTransition.to_state)
            .over(partition_by=OrderTransition.order_id, order_by=OrderTransition.id)
            .label("before"),
            func.lead(OrderTransition.id)
            .over(partition_by=OrderTransition.order_id, order_by=OrderTransition.id)
            .label("next"),
        )
        .where(OrderTransition.to_state.in_(list(OrderState)))
        .subquery()
    )
    has_gap = and_(steps.c.before.is_not(None), steps.c.from_state.is_distinct_from(steps.c.before))
    ends_elsewhere = and_(steps.c.next.is_(None), steps.c.to_state != Order.state)
    query = select(Order.number).join(steps, steps.c.order_id == Order.id)
    return db.session.scalars(
        query.where(or_(has_gap, ends_elsewhere)).distinct().order_by(Order.number)
    ).all()
