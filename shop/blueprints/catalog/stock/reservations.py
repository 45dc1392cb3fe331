"""Reservations: one conditional statement decides, the ledger tells why.

A reservation takes items out of what can be sold without touching what is on hand; a sale takes them off both, and
counts them as sold. Everything is idempotent by *reference* (an order's token), so that a repeated webhook moves
nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from flask_babel import gettext as _
from sqlalchemy import Insert, Integer, Update, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from shop.blueprints.catalog.models import MovementKind, Reservation, ReservationState, Variant
from shop.blueprints.catalog.stock import ledger
from shop.blueprints.catalog.stock.rows import locked_variant, tell_if_back
from shop.core.database import upsert
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
        if _open(reference, variant_id, quantity, until):
            product_id = _take(variant_id, quantity)
            ledger.enter_reserved(variant_id, product_id, quantity, reference=reference)


def _open(reference: str, variant_id: int, quantity: int, until: datetime) -> bool:
    """Write the reservation; whether its items have still to be taken."""
    new = {"reference": reference, "variant_id": variant_id, "quantity": quantity, "until": until}
    if db.session.connection().execute(_new(db.engine.dialect.name), new).first() is not None:
        return True
    reservation = _reservations(reference, variant_id=variant_id)[0]
    if reservation.state == ReservationState.HELD:
        reservation.until = until
    if reservation.state != ReservationState.RELEASED:
        return False
    reservation.state = ReservationState.HELD
    reservation.quantity, reservation.until = quantity, until
    return True


@cache
def _new(_dialect: str) -> Insert:
    return (
        upsert(Reservation)
        .values(
            reference=bindparam("reference"),
            variant_id=bindparam("variant_id"),
            quantity=bindparam("quantity"),
            until=bindparam("until"),
            state=ReservationState.HELD,
        )
        .on_conflict_do_nothing(index_elements=["reference", "variant_id"])
        .returning(Reservation.id)
    )


def _take(variant_id: int, quantity: int) -> int:
    """Take items out of what can be sold; the number of the product."""
    which = {"which": variant_id, "wanted": quantity}
    taken = db.session.connection().execute(_taking(), which).first()
    if taken is None:
        variant = db.session.get_one(Variant, variant_id, populate_existing=True)
        raise OutOfStock(variant_id, variant.remaining or 0)
    known = db.session.identity_map.get(Session.identity_key(Variant, variant_id))
    if known is not None:
        db.session.expire(known, ["stock_reserved"])
    product_id: int = taken.product_id
    return product_id


@cache
def _taking() -> Update:
    """Made once: building it costs more than running it."""
    wanted = bindparam("wanted", type_=Integer)
    return (
        update(Variant)
        .where(
            Variant.id == bindparam("which"),
            or_(
                Variant.stock_on_hand.is_(None),
                Variant.may_oversell.is_(True),
                Variant.stock_on_hand - Variant.stock_reserved >= wanted,
            ),
        )
        .values(stock_reserved=Variant.stock_reserved + wanted)
        .returning(Variant.product_id)
    )


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
