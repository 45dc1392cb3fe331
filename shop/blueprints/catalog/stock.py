"""Stock: one conditional statement decides, and the ledger records why.

A reservation takes items out of what can be sold without touching what is on hand; a sale takes them off both, and
counts them as sold. Everything is idempotent by *reference* (an order's token), so that a repeated webhook moves
nothing twice. Rows are locked in the order of variant ids, reservations before variants, so that nobody waits in a
circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, or_, select, update

from shop.blueprints.catalog import ledger
from shop.blueprints.catalog.events import VariantRestocked
from shop.blueprints.catalog.models import MovementKind, Reservation, ReservationState, Variant
from shop.core.database import upsert
from shop.core.errors import Refused
from shop.core.events import publish
from shop.extensions import db

LARGEST = 1_000_000


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
        raise ValueError("a reservation is of one piece at least")
    for variant_id, quantity in sorted(wanted.items()):
        if _open(reference, variant_id, quantity, until):
            variant = _take(variant_id, quantity)
            ledger.enter(variant, MovementKind.RESERVED, reserved=quantity, reference=reference)


def _open(reference: str, variant_id: int, quantity: int, until: datetime) -> bool:
    """Write the reservation; whether its items have still to be taken."""
    new = {"reference": reference, "variant_id": variant_id, "quantity": quantity, "until": until}
    written = db.session.scalar(
        upsert(Reservation)
        .values(**new, state=ReservationState.HELD)
        .on_conflict_do_nothing(index_elements=["reference", "variant_id"])
        .returning(Reservation.id)
    )
    if written is not None:
        return True
    reservation = _reservations(reference, variant_id=variant_id)[0]
    if reservation.state == ReservationState.HELD:
        reservation.until = until
    if reservation.state != ReservationState.RELEASED:
        return False
    reservation.state = ReservationState.HELD
    reservation.quantity, reservation.until = quantity, until
    return True


def _take(variant_id: int, quantity: int) -> Variant:
    taken = db.session.scalar(
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
        .returning(Variant)
        .execution_options(populate_existing=True)
    )
    if taken is None:
        variant = db.session.get_one(Variant, variant_id, populate_existing=True)
        raise OutOfStock(variant_id, variant.remaining or 0)
    return taken


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
        variant = _locked(reservation.variant_id)
        was_out = variant.remaining == 0
        reservation.state = ReservationState.RELEASED
        variant.stock_reserved -= reservation.quantity
        ledger.enter(
            variant, MovementKind.RELEASED, reserved=-reservation.quantity, reference=reference
        )
        _tell_if_back(variant, was_out=was_out)


def sell(reference: str) -> None:
    """Turn a reservation into a sale. A second call changes nothing."""
    for reservation in _reservations(reference):
        if reservation.state != ReservationState.HELD:
            continue
        variant = _locked(reservation.variant_id)
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


def take_back(
    variant_id: int | None,
    quantity: int,
    *,
    reference: str,
    reason: str = "",
    by: int | None = None,
) -> None:
    """Put sold items of an order into the stock again. What is not counted, or gone, stays as it is.

    Args:
        reference: the order's token.
    """
    if variant_id is None or db.session.get(Variant, variant_id) is None:
        return
    variant = _locked(variant_id)
    if variant.stock_on_hand is None:
        return
    was_out = variant.remaining == 0
    variant.stock_on_hand += quantity
    _note_return(variant, quantity, reference=reference, reason=reason, by=by)
    _tell_if_back(variant, was_out=was_out)


def _note_return(variant: Variant, quantity: int, **said: Any) -> None:
    # More can come back than was sold here: what was sold before the ledger existed.
    unsold = min(quantity, variant.stock_sold)
    variant.stock_sold -= unsold
    ledger.enter(variant, MovementKind.RETURNED, on_hand=quantity, sold=-unsold, **said)


def restock(
    variant: Variant,
    quantity: int,
    *,
    reason: str = "",
    by: int | None = None,
    kind: MovementKind = MovementKind.RECEIVED,
) -> None:
    """Add items to what is on hand, or take some off (a negative quantity). Untracked variants become tracked.

    Args:
        by: the account that did it.

    Raises:
        Refused: there would be fewer than are reserved for payments under way, or too many to count.
    """
    _change(_locked(variant.id), quantity, kind=kind, reason=reason, by=by)


def set_on_hand(
    variant: Variant, count: int | None, *, reason: str = "", by: int | None = None
) -> None:
    """Say how many there are after counting; None stops tracking.

    Raises:
        Refused: fewer than are reserved for payments under way.
    """
    locked = _locked(variant.id)
    present = locked.stock_on_hand
    if count is not None:
        kind = MovementKind.RECEIVED if present is None else MovementKind.ADJUSTED
        if count != present:
            _change(locked, count - (present or 0), kind=kind, reason=reason, by=by)
    elif present is not None:
        was_out = locked.remaining == 0
        locked.stock_on_hand = None
        ledger.enter(locked, MovementKind.ADJUSTED, on_hand=-present, reason=reason, by=by)
        _tell_if_back(locked, was_out=was_out)


def _change(
    variant: Variant, quantity: int, *, kind: MovementKind, reason: str, by: int | None
) -> None:
    was_out = variant.remaining == 0
    on_hand = (variant.stock_on_hand or 0) + quantity
    if max(abs(quantity), abs(on_hand)) > LARGEST:
        raise Refused(_("Use a quantity of at most %(most)d.", most=LARGEST), field="quantity")
    falls = quantity < 0 or variant.stock_on_hand is None
    if falls and on_hand < variant.stock_reserved and not variant.may_oversell:
        raise Refused(
            _(
                "%(reserved)d are reserved for payments in progress. At least that many must stay in stock.",
                reserved=variant.stock_reserved,
            )
            if variant.stock_reserved
            else _("Only %(present)d are in stock.", present=variant.stock_on_hand or 0),
            field="quantity",
        )
    variant.stock_on_hand = on_hand
    if kind is MovementKind.RETURNED:
        _note_return(variant, quantity, reason=reason, by=by)
    else:
        ledger.enter(variant, kind, on_hand=quantity, reason=reason, by=by)
    _tell_if_back(variant, was_out=was_out)


def allow_overselling(variant: Variant, allowed: bool) -> None:
    """Say whether a variant may be sold when none is left.

    Raises:
        Refused: more have been promised than are there, and the last ones could not be delivered.
    """
    locked = _locked(variant.id)
    was_out = locked.remaining == 0
    on_hand = locked.stock_on_hand
    if not allowed and on_hand is not None and on_hand < locked.stock_reserved:
        raise Refused(
            _("More are promised than are in stock. Add the missing ones to the stock first."),
            field="may_oversell",
        )
    locked.may_oversell = allowed
    _tell_if_back(locked, was_out=was_out)


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


def _locked(variant_id: int) -> Variant:
    # Without a key share: orders and carts that point at the variant need not wait.
    return db.session.scalars(
        select(Variant)
        .where(Variant.id == variant_id)
        .with_for_update(of=Variant, key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _tell_if_back(variant: Variant, *, was_out: bool) -> None:
    if was_out and variant.remaining != 0:
        publish(VariantRestocked(variant_id=variant.id))
