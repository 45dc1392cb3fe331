"""Stock: one conditional statement decides, the ledger tells why.

A reservation takes pieces out of what can be sold without touching what is on hand; a sale takes them off both.
Everything is idempotent by *reference* (an order's token), so that a repeated webhook moves nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import or_, select, update

from shop.blueprints.catalog.events import StockChanged, VariantRestocked
from shop.blueprints.catalog.models import (
    MovementKind,
    Reservation,
    ReservationState,
    StockMovement,
    Variant,
)
from shop.core import clock
from shop.core.errors import Refused
from shop.core.events import publish
from shop.core.unit_of_work import purge
from shop.extensions import db

LARGEST = 1_000_000


class OutOfStock(Refused):
    """Fewer remain than were asked for."""

    def __init__(self, variant_id: int, remaining: int) -> None:
        super().__init__(_("Not enough of this is left."))
        self.variant_id = variant_id
        self.remaining = remaining


def remaining(variant: Variant) -> int | None:
    """What can be sold of a variant now; None when nothing limits it."""
    return variant.remaining


def reserve(reference: str, wanted: Mapping[int, int], *, until: datetime) -> None:
    """Keep pieces for a payment: all of them or none. Asked again for the same reference, it only prolongs.

    Args:
        wanted: pieces by variant id.
        until: the moment (UTC) after which `release_expired` may give them back.

    Raises:
        OutOfStock: too few remain of a variant; the unit of work must not be committed.
    """
    kept = {each.variant_id: each for each in _reservations(reference)}
    # Always in the same order, so that two buyers never wait for each other.
    for variant_id, quantity in sorted(wanted.items()):
        reservation = kept.get(variant_id)
        if reservation is not None and reservation.state == ReservationState.HELD:
            reservation.until = until
            continue
        if reservation is not None and reservation.state == ReservationState.SOLD:
            continue
        _take(variant_id, quantity)
        if reservation is None:
            db.session.add(
                Reservation(
                    variant_id=variant_id, reference=reference, quantity=quantity, until=until
                )
            )
        else:
            reservation.state, reservation.quantity, reservation.until = (
                ReservationState.HELD,
                quantity,
                until,
            )
        _note(variant_id, MovementKind.RESERVED, reserved=quantity, reference=reference)


def _take(variant_id: int, quantity: int) -> None:
    taken = db.session.execute(
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
        .returning(Variant.id)
    ).first()
    if taken is None:
        variant = db.session.get(Variant, variant_id, populate_existing=True)
        raise OutOfStock(variant_id, (variant.remaining or 0) if variant else 0)


def release(reference: str) -> None:
    """Give reserved pieces back. What was sold, or given back before, stays."""
    for reservation in _reservations(reference, lock=True):
        if reservation.state != ReservationState.HELD:
            continue
        variant = _locked(reservation.variant_id)
        was_out = variant.remaining == 0
        reservation.state = ReservationState.RELEASED
        variant.stock_reserved -= reservation.quantity
        _note(
            variant.id, MovementKind.RELEASED, reserved=-reservation.quantity, reference=reference
        )
        _tell_if_back(variant, was_out=was_out)


def sell(reference: str) -> None:
    """Turn a reservation into a sale. A second call changes nothing."""
    for reservation in _reservations(reference, lock=True):
        if reservation.state != ReservationState.HELD:
            continue
        variant = _locked(reservation.variant_id)
        reservation.state = ReservationState.SOLD
        variant.stock_reserved -= reservation.quantity
        if variant.stock_on_hand is not None:
            variant.stock_on_hand -= reservation.quantity
        _note(
            variant.id,
            MovementKind.SOLD,
            on_hand=-reservation.quantity,
            reserved=-reservation.quantity,
            reference=reference,
        )


def restock(
    variant: Variant,
    quantity: int,
    *,
    reason: str = "",
    by: int | None = None,
    kind: MovementKind = MovementKind.RECEIVED,
) -> None:
    """Add pieces to what is on hand, or take some off (a negative quantity). Untracked variants become tracked.

    Args:
        by: the account that did it.

    Raises:
        Refused: fewer are on hand than are to be taken off, or reserved pieces would be missing.
    """
    if abs(quantity) > LARGEST:
        raise Refused(_("This is too many at once."), field="quantity")
    locked = _locked(variant.id)
    was_out = locked.remaining == 0
    on_hand = (locked.stock_on_hand or 0) + quantity
    if on_hand < locked.stock_reserved and quantity < 0 and not locked.may_oversell:
        raise Refused(
            _(
                "Only %(n)s can be taken off.",
                n=(locked.stock_on_hand or 0) - locked.stock_reserved,
            ),
            field="quantity",
        )
    locked.stock_on_hand = on_hand
    _note(locked.id, kind, on_hand=quantity, reason=reason, by=by)
    _tell_if_back(locked, was_out=was_out)


def set_on_hand(
    variant: Variant, count: int | None, *, reason: str = "", by: int | None = None
) -> None:
    """Say how many there are after counting; None stops tracking.

    Raises:
        Refused: fewer than are reserved for payments under way.
    """
    if count is None:
        locked = _locked(variant.id)
        was_out = locked.remaining == 0
        locked.stock_on_hand = None
        _touch(locked.id)
        _tell_if_back(locked, was_out=was_out)
        return
    present = _locked(variant.id).stock_on_hand
    restock(
        variant,
        count - (present or 0),
        reason=reason,
        by=by,
        kind=MovementKind.RECEIVED if present is None else MovementKind.ADJUSTED,
    )


def release_expired() -> None:
    """Give back what was kept for payments that never came."""
    expired = db.session.scalars(
        select(Reservation.reference)
        .where(Reservation.state == ReservationState.HELD, Reservation.until < clock.now() - GRACE)
        .distinct()
        .limit(200)
    ).all()
    for reference in expired:
        release(reference)


GRACE = timedelta(minutes=10)
"""The checkout ends its payments first; only what it forgot is left for the sweeper."""


def movements(variant_id: int, limit: int = 100) -> Sequence[StockMovement]:
    """The newest lines of a variant's ledger."""
    return db.session.scalars(
        select(StockMovement)
        .where(StockMovement.variant_id == variant_id)
        .order_by(StockMovement.id.desc())
        .limit(limit)
    ).all()


def _reservations(reference: str, *, lock: bool = False) -> Sequence[Reservation]:
    query = (
        select(Reservation)
        .where(Reservation.reference == reference)
        .order_by(Reservation.variant_id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query.with_for_update() if lock else query).all()


def _locked(variant_id: int) -> Variant:
    return db.session.scalars(
        select(Variant)
        .where(Variant.id == variant_id)
        .with_for_update(of=Variant)
        .execution_options(populate_existing=True)
    ).one()


def _note(
    variant_id: int,
    kind: MovementKind,
    *,
    on_hand: int = 0,
    reserved: int = 0,
    reference: str = "",
    reason: str = "",
    by: int | None = None,
) -> None:
    db.session.add(
        StockMovement(
            variant_id=variant_id,
            kind=kind,
            on_hand=on_hand,
            reserved=reserved,
            reference=reference,
            reason=reason,
            account_id=by,
        )
    )
    _touch(variant_id)


def _touch(variant_id: int) -> None:
    variant = db.session.get_one(Variant, variant_id)
    purge(f"product:{variant.product_id}", "catalog")
    publish(StockChanged(variant_id=variant_id))


def _tell_if_back(variant: Variant, *, was_out: bool) -> None:
    if was_out and variant.remaining != 0:
        publish(VariantRestocked(variant_id=variant.id))
