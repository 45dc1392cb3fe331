"""The statements that write a reservation, each made once: building one costs more than running it.

SQLite runs three, one for each row that changes, and each costs next to nothing because SQLite is in the process. To
PostgreSQL each would be a journey, so there the same three are parts of one.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Update,
    bindparam,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from shop.blueprints.catalog.models import MovementKind, Reservation, ReservationState, Variant
from shop.blueprints.catalog.stock.ledger import selected_lines
from shop.core.database.columns import UtcDateTime


@cache
def opening() -> ReturningInsert[int, int, str]:
    """The reservation: `reference`, `variant_id`, `quantity`, `until`. No row comes back where there is one already."""
    return _opening(sqlite.insert(Reservation))


@cache
def taking() -> Update:
    """Out of what can be sold: `which` variant, how many `wanted`. No row comes back where fewer are left."""
    return _taking(bindparam("which"), bindparam("wanted", type_=Integer))


@cache
def at_once() -> Select[tuple[Any, ...]]:
    """All of a new reservation on PostgreSQL: what `opening` is given, and `at`.

    One row comes back, where there was no reservation: with the number of the product, or None where fewer are left.
    A part sees nothing of what another wrote but the rows that it returns. Who waits for the variant's row looks at the
    condition again, as with a statement of its own.
    """
    opened = _opening(postgresql.insert(Reservation)).cte("opened")
    taken = _taking(opened.c.variant_id, opened.c.quantity).cte("taken")
    entered = selected_lines(
        select(
            taken.c.id,
            literal(MovementKind.RESERVED.value),
            literal(0),
            opened.c.quantity,
            literal(0),
            opened.c.reference,
            literal(""),
            bindparam("at", type_=UtcDateTime),
        ).join(opened, opened.c.variant_id == taken.c.id)
    ).cte("entered")
    outcome = (
        select(taken.c.product_id)
        .select_from(opened)
        .outerjoin(taken, taken.c.id == opened.c.variant_id)
    )
    return outcome.add_cte(entered)


def _opening(insertion: postgresql.Insert | sqlite.Insert) -> ReturningInsert[int, int, str]:
    return (
        insertion.values(
            reference=bindparam("reference"),
            variant_id=bindparam("variant_id"),
            quantity=bindparam("quantity"),
            until=bindparam("until"),
            state=ReservationState.HELD,
        )
        .on_conflict_do_nothing(index_elements=["reference", "variant_id"])
        .returning(Reservation.variant_id, Reservation.quantity, Reservation.reference)
    )


def _taking(variant_id: ColumnElement[int], quantity: ColumnElement[int]) -> Update:
    return (
        update(Variant)
        .where(
            Variant.id == variant_id,
            or_(
                Variant.stock_on_hand.is_(None),
                Variant.may_oversell.is_(True),
                Variant.stock_on_hand - Variant.stock_reserved >= quantity,
            ),
        )
        .values(stock_reserved=Variant.stock_reserved + quantity)
        .returning(Variant.id, Variant.product_id)
    )
