"""The ledger of stock: every change is a line, and the numbers can be computed from the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Insert, Select, func, insert, or_, select
from sqlalchemy.orm import joinedload

from shop.blueprints.catalog.models import (
    MovementKind,
    Reservation,
    ReservationState,
    StockMovement,
    Variant,
)
from shop.core.errors import ShopError
from shop.core.web.pagination import Page, newest_first
from shop.plugins.api import db, publish, purge
from shop.plugins.api.events import StockChanged

PAGE_SIZE = 50

_SUMS = tuple(
    func.coalesce(func.sum(getattr(StockMovement, name)), 0).label(name)
    for name in ("on_hand", "reserved", "sold")
)


@dataclass(frozen=True, slots=True)
class Balance:
    """What the lines of a variant add up to: items on hand, how many of them are reserved, and what was sold."""

    on_hand: int
    reserved: int
    sold: int

    def agrees_with(self, variant: Variant) -> bool:
        """Whether the variant's own numbers are the same. Nothing is on hand of what is not tracked."""
        return (self.on_hand, self.reserved, self.sold) == (
            variant.stock_on_hand or 0,
            variant.stock_reserved,
            variant.stock_sold,
        )


def enter(
    variant: Variant,
    kind: MovementKind,
    *,
    on_hand: int = 0,
    reserved: int = 0,
    sold: int = 0,
    reference: str = "",
    reason: str = "",
    by: int | None = None,
) -> None:
    """Write a line, and say that what remains of the variant is another number now.

    Args:
        on_hand, reserved, sold: by How many items each changed.
        reference: the order's token.
        by: the account that did it.
    """
    db.session.add(
        StockMovement(
            variant_id=variant.id,
            kind=kind,
            on_hand=on_hand,
            reserved=reserved,
            sold=sold,
            reference=reference,
            reason=reason,
            account_id=by,
        )
    )
    tell_of_stock(variant.id, variant.product_id)


def enter_reserved(variant_id: int, product_id: int, quantity: int, *, reference: str) -> None:
    """The same where items were reserved, without rows as objects: the most frequent line of all."""
    line = {
        "variant_id": variant_id,
        "kind": MovementKind.RESERVED,
        "reserved": quantity,
        "reference": reference,
    }
    db.session.connection().execute(_ADD, line)
    tell_of_stock(variant_id, product_id)


_ADD = insert(StockMovement)
_COLUMNS = ("variant_id", "kind", "on_hand", "reserved", "sold", "reference", "reason", "at")


def selected_lines(selected: Select[tuple[Any, ...]]) -> Insert:
    """The part of a statement that writes lines: variant, kind, on hand, reserved, sold, reference, reason, moment.

    `tell_of_stock` of them afterwards.
    """
    return insert(StockMovement).from_select(_COLUMNS, selected, include_defaults=False)


def tell_of_stock(variant_id: int, product_id: int) -> None:
    """Say that what remains of a variant is another number now."""
    purge(f"product:{product_id}")
    publish(StockChanged(variant_id=variant_id))


def movements(
    variant_id: int, limit: int = PAGE_SIZE, *, after: str | None = None
) -> Page[StockMovement]:
    """The lines of a variant, newest first."""
    query = select(StockMovement).where(StockMovement.variant_id == variant_id)
    query = query.options(joinedload(StockMovement.account))
    return newest_first(query, StockMovement.id, after=after, size=limit)


def balance(variant_id: int) -> Balance:
    """What the lines of a variant add up to."""
    row = db.session.execute(select(*_SUMS).where(StockMovement.variant_id == variant_id)).one()
    return Balance(*map(int, row))


def apart() -> Sequence[int]:
    """Variants whose numbers differ from the sums of their ledger lines or of their reservations.

    It reads the whole ledger: for `shop doctor` and jobs, never for a page.
    """
    lines = select(StockMovement.variant_id, *_SUMS).group_by(StockMovement.variant_id).subquery()
    held = (
        select(Reservation.variant_id, func.sum(Reservation.quantity).label("pieces"))
        .where(Reservation.state == ReservationState.HELD)
        .group_by(Reservation.variant_id)
        .subquery()
    )
    query = (
        select(Variant.id)
        .outerjoin(lines, lines.c.variant_id == Variant.id)
        .outerjoin(held, held.c.variant_id == Variant.id)
        .where(
            or_(
                func.coalesce(Variant.stock_on_hand, 0) != func.coalesce(lines.c.on_hand, 0),
                Variant.stock_reserved != func.coalesce(lines.c.reserved, 0),
                Variant.stock_sold != func.coalesce(lines.c.sold, 0),
                Variant.stock_reserved != func.coalesce(held.c.pieces, 0),
            )
        )
        .order_by(Variant.id)
    )
    return db.session.scalars(query).all()


class LedgerParted(ShopError):
    """Numbers of the stock are not what the ledger adds up to."""


def check_ledger() -> str:
    """For `shop doctor`: every number recomputed from the ledger.

    Raises:
        LedgerParted: which ones are not the same.
    """
    wrong = apart()
    if wrong:
        named = ", ".join(str(variant_id) for variant_id in wrong[:10])
        raise LedgerParted(
            f"The stock of {len(wrong)} variants (ids {named}) does not match the stock history."
            " Count these variants, and enter the result on the Stock page of the admin."
        )
    return "all numbers match the stock history"
