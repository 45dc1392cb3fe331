"""Reservations: one conditional statement decides, the ledger tells why.

A reservation takes items out of what can be sold without touching what is on hand; a sale takes them off both, and
counts them as sold. Everything is idempotent by *reference* (an order's token), so that a repeated webhook moves
nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.blueprints.catalog.models import MovementKind, Reservation, ReservationState, Variant
from shop.blueprints.catalog.stock import ledger, statements
from shop.blueprints.catalog.stock.rows import locked_variant, tell_if_back
from shop.core import clock
from shop.plugins.api import Refused, db


class OutOfStock(Refused):
    """Fewer remain than were asked for."""

    def __init__(self, variant_id: int, remaining: int) -> None:
        super().__init__(_("Not enough of this is left in stock."))
        self.variant_id = variant_id
        self.remaining = remaining


def reserve(reference: str, wanted: Mapping[int, int], *, until: datetime) -> None:
    """Keep items for a payment: all of them or none. Asked again for the same reference, it only prolongs.

    Args:
        wanted: items by variant id, one at least of each.
        until: the moment (UTC) after which the sweeper may give them back.

    Raises:
        OutOfStock: too few remain of a variant; the unit of work must not be committed.
    """
    if any(quantity < 1 for quantity in wanted.values()):
        raise ValueError("a reservation is of one item at least")
    db.session.flush()  # what follows goes by columns and would not see rows that wait to be written
    for variant_id, quantity in sorted(wanted.items()):
        new = {
            "reference": reference,
            "variant_id": variant_id,
            "quantity": quantity,
            "until": until,
        }
        is_new = _reserve_at_once(new) if knows_at_once() else _reserve_by_steps(new)
        if not is_new:
            _reserve_again(new)


def knows_at_once() -> bool:
    """Whether the database can write a reservation by one statement."""
    return db.engine.dialect.name == "postgresql"


def _reserve_at_once(new: Mapping[str, Any]) -> bool:
    """Write a reservation; False when there is one of this reference."""
    written = db.session.connection().execute(statements.at_once(), {**new, "at": clock.now()})
    row = written.first()
    if row is None:
        return False
    ledger.tell_of_stock(new["variant_id"], _taken(new["variant_id"], row.product_id))
    return True


def _reserve_by_steps(new: Mapping[str, Any]) -> bool:
    """The same by a statement for each row."""
    if db.session.connection().execute(statements.opening(), new).first() is None:
        return False
    _take_and_enter(new)
    return True


def _reserve_again(new: Mapping[str, Any]) -> None:
    """Prolong the reservation that is there, or make it anew from one that was given back."""
    reservation = _reservations(new["reference"], variant_id=new["variant_id"])[0]
    if reservation.state == ReservationState.SOLD:
        return
    reservation.until = new["until"]
    if reservation.state == ReservationState.RELEASED:
        reservation.state = ReservationState.HELD
        reservation.quantity = new["quantity"]
        _take_and_enter(new)


def _take_and_enter(new: Mapping[str, Any]) -> None:
    variant_id, quantity = new["variant_id"], new["quantity"]
    product_id = _take(variant_id, quantity)
    ledger.enter_reserved(variant_id, product_id, quantity, reference=new["reference"])


def _take(variant_id: int, quantity: int) -> int:
    """Take items out of what can be sold; the number of the product."""
    which = {"which": variant_id, "wanted": quantity}
    taken = db.session.connection().execute(statements.taking(), which).first()
    return _taken(variant_id, taken.product_id if taken else None)


def _taken(variant_id: int, product_id: int | None) -> int:
    """The number of the product, once the numbers of the variant are to be read again.

    Raises:
        OutOfStock: there is none, because too few were left.
    """
    if product_id is None:
        variant = db.session.get_one(Variant, variant_id, populate_existing=True)
        raise OutOfStock(variant_id, variant.remaining or 0)
    known = db.session.identity_map.get(Session.identity_key(Variant, variant_id))
    if known is not None:
        db.session.expire(known, ["stock_reserved"])
    return product_id


def release(reference: str, *, expired_before: datetime | None = None) -> None:
    """Give reserved items back. What was sold, or given back before, stays.

    Args:
        expired_before: leave what is kept for longer than this.
    """
    for reservation in _reservations(reference):
        if reservation.state != ReservationState.HELD:
            continue
        if expired_before is not None and reservation.until >= expired_before:
            continue
        variant = locked_variant(reservation.variant_id)
        was_out = variant.remaining == 0
        reservation.state = ReservationState.RELEASED
        variant.stock_reserved -= reservation.quantity
        ledger.enter(
            variant, MovementKind.RELEASED, reserved=-reservation.quantity, reference=reference
        )
        tell_if_back(variant, was_out=was_out)


def sell(reference: str) -> None:
    """Turn a reservation into a sale. A second call changes nothing."""
    for reservation in _reservations(reference):
        if reservation.state != ReservationState.HELD:
            continue
        variant = locked_variant(reservation.variant_id)
        reservation.state = ReservationState.SOLD
        variant.stock_reserved -= reservation.quantity
        off_hand = 0
        if variant.stock_on_hand is not None:
            off_hand = reservation.quantity
            variant.stock_on_hand -= off_hand
        variant.stock_sold += reservation.quantity
        ledger.enter(
            variant,
            MovementKind.SOLD,
            on_hand=-off_hand,
            reserved=-reservation.quantity,
            sold=reservation.quantity,
            reference=reference,
        )


def share_held(wanted: Mapping[int, int]) -> float:
    """The largest share of a counted stock that is reserved once these items, by variant, are too: 0 to 1."""
    counted = db.session.execute(
        select(Variant.id, Variant.stock_on_hand, Variant.stock_reserved).where(
            Variant.id.in_(wanted), Variant.stock_on_hand > 0, Variant.may_oversell.is_(False)
        )
    )
    shares = [(reserved + wanted[each]) / (on_hand or 1) for each, on_hand, reserved in counted]
    return min(1.0, max(shares, default=0.0))


def expired(*, before: datetime, limit: int = 200) -> Sequence[str]:
    """References that hold items although their time was over before a moment, the oldest first."""
    return db.session.scalars(
        select(Reservation.reference)
        .where(Reservation.state == ReservationState.HELD, Reservation.until < before)
        .group_by(Reservation.reference)
        .order_by(func.min(Reservation.until))
        .limit(limit)
    ).all()


def _reservations(reference: str, *, variant_id: int | None = None) -> Sequence[Reservation]:
    query = select(Reservation).where(Reservation.reference == reference)
    if variant_id is not None:
        query = query.where(Reservation.variant_id == variant_id)
    return db.session.scalars(
        query.order_by(Reservation.variant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
