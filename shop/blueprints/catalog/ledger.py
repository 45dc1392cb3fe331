"""The ledger of stock: every change is a line, and the numbers can be computed from the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from shop.blueprints.catalog.events import StockChanged
from shop.blueprints.catalog.models import MovementKind, StockMovement, Variant
from shop.core.events import publish
from shop.core.unit_of_work import purge
from shop.extensions import db


@dataclass(frozen=True, slots=True)
class Balance:
    """What the lines of a variant add up to: pieces on hand, and how many of them are reserved."""

    on_hand: int
    reserved: int

    def agrees_with(self, variant: Variant) -> bool:
        """Whether the variant's own numbers are the same. Nothing is on hand of what is not tracked."""
        return (self.on_hand, self.reserved) == (
            variant.stock_on_hand or 0,
            variant.stock_reserved,
        )


def note(
    variant: Variant,
    kind: MovementKind,
    *,
    on_hand: int = 0,
    reserved: int = 0,
    reference: str = "",
    reason: str = "",
    by: int | None = None,
) -> None:
    """Write a line, and say that what remains of the variant is another number now.

    Args:
        on_hand, reserved: by how many pieces each changed.
        reference: the order's token.
        by: the account that did it.
    """
    db.session.add(
        StockMovement(
            variant_id=variant.id,
            kind=kind,
            on_hand=on_hand,
            reserved=reserved,
            reference=reference,
            reason=reason,
            account_id=by,
        )
    )
    purge(f"product:{variant.product_id}")
    publish(StockChanged(variant_id=variant.id))


def movements(variant_id: int, limit: int = 100) -> Sequence[StockMovement]:
    """The newest lines of a variant."""
    return db.session.scalars(
        select(StockMovement)
        .where(StockMovement.variant_id == variant_id)
        .order_by(StockMovement.id.desc())
        .limit(limit)
    ).all()


def balance(variant_id: int) -> Balance:
    """What the lines of a variant add up to."""
    row = db.session.execute(
        select(
            func.coalesce(func.sum(StockMovement.on_hand), 0),
            func.coalesce(func.sum(StockMovement.reserved), 0),
        ).where(StockMovement.variant_id == variant_id)
    ).one()
    return Balance(int(row[0]), int(row[1]))
