"""Levels: how many items are on hand, as people count them, add to them and take returned ones back."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from shop.blueprints.catalog.models import MovementKind, Variant
from shop.blueprints.catalog.stock import ledger
from shop.blueprints.catalog.stock.rows import locked_variant, tell_if_back
from shop.plugins.api import Refused, db

LARGEST = 1_000_000


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
    variant = locked_variant(variant_id)
    if variant.stock_on_hand is None:
        return
    was_out = variant.remaining == 0
    variant.stock_on_hand += quantity
    _note_return(variant, quantity, reference=reference, reason=reason, by=by)
    tell_if_back(variant, was_out=was_out)


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
    _change(locked_variant(variant.id), quantity, kind=kind, reason=reason, by=by)


def set_on_hand(
    variant: Variant, count: int | None, *, reason: str = "", by: int | None = None
) -> None:
    """Say how many there are after counting; None stops tracking.

    Raises:
        Refused: fewer than are reserved for payments under way.
    """
    locked = locked_variant(variant.id)
    present = locked.stock_on_hand
    if count is not None:
        kind = MovementKind.RECEIVED if present is None else MovementKind.ADJUSTED
        if count != present:
            _change(locked, count - (present or 0), kind=kind, reason=reason, by=by)
    elif present is not None:
        was_out = locked.remaining == 0
        locked.stock_on_hand = None
        ledger.enter(locked, MovementKind.ADJUSTED, on_hand=-present, reason=reason, by=by)
        tell_if_back(locked, was_out=was_out)


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
    tell_if_back(variant, was_out=was_out)


def allow_overselling(variant: Variant, allowed: bool) -> None:
    """Say whether a variant may be sold when none is left.

    Raises:
        Refused: more have been promised than are there, and the last ones could not be delivered.
    """
    locked = locked_variant(variant.id)
    was_out = locked.remaining == 0
    on_hand = locked.stock_on_hand
    if not allowed and on_hand is not None and on_hand < locked.stock_reserved:
        raise Refused(
            _("More are promised than are in stock. Add the missing ones to the stock first."),
            field="may_oversell",
        )
    locked.may_oversell = allowed
    tell_if_back(locked, was_out=was_out)
