"""The state machines of an order.

An order is in three regions at once, each with a table of the steps that it may take: what becomes of its goods
(`OrderState`), of its money once paid (`RefundStanding`) and of a dispute about it (`DisputeStanding`). One column for
all three would forget that a parcel had left as soon as a part of its price went back. `transitions.advance` is the
only way from one state to another, by these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from shop.core.labels import LabelledEnum


class OrderState(LabelledEnum):
    """Where the goods are. *Fulfilled* is everything handed over: sent, or there to download.

    *Fulfilled in part*: some of what is shipped has left, and some has not.
    """

    AWAITING_PAYMENT = "awaiting_payment", _l("Awaiting payment")
    PAID = "paid", _l("Paid")
    PARTLY_FULFILLED = "partly_fulfilled", _l("Partly fulfilled")
    FULFILLED = "fulfilled", _l("Fulfilled")
    CANCELLED = "cancelled", _l("Cancelled")


class RefundStanding(LabelledEnum):
    """What has gone back of an order's money. *Refunded* is all of it."""

    NONE = "none", _l("Not refunded")
    PARTLY_REFUNDED = "partly_refunded", _l("Partly refunded")
    REFUNDED = "refunded", _l("Refunded")


class DisputeStanding(LabelledEnum):
    """Whether the buyer's bank wants the money of an order back (a chargeback), and how that ended."""

    NONE = "none", _l("Not disputed")
    DISPUTED = "disputed", _l("Disputed")
    WON = "dispute_won", _l("Dispute won")
    LOST = "dispute_lost", _l("Dispute lost")


Standing = OrderState | RefundStanding | DisputeStanding

# A cancelled order becomes paid when its money comes late and its stock is still there. A fulfilled one has something
# left to send again when the refund of an item that had not left bounces.
ALLOWED: Mapping[OrderState, frozenset[OrderState]] = {
    OrderState.AWAITING_PAYMENT: frozenset({OrderState.PAID, OrderState.CANCELLED}),
    OrderState.PAID: frozenset({OrderState.PARTLY_FULFILLED, OrderState.FULFILLED}),
    OrderState.PARTLY_FULFILLED: frozenset({OrderState.FULFILLED}),
    OrderState.FULFILLED: frozenset({OrderState.PARTLY_FULFILLED}),
    OrderState.CANCELLED: frozenset({OrderState.PAID}),
}

# Backwards only when a bank returns a refund that had been done.
ALLOWED_REFUNDS: Mapping[RefundStanding, frozenset[RefundStanding]] = {
    RefundStanding.NONE: frozenset({RefundStanding.PARTLY_REFUNDED, RefundStanding.REFUNDED}),
    RefundStanding.PARTLY_REFUNDED: frozenset({RefundStanding.REFUNDED, RefundStanding.NONE}),
    RefundStanding.REFUNDED: frozenset({RefundStanding.PARTLY_REFUNDED, RefundStanding.NONE}),
}

# An inquiry that was won may still become a real dispute; what was lost is lost.
ALLOWED_DISPUTES: Mapping[DisputeStanding, frozenset[DisputeStanding]] = {
    DisputeStanding.NONE: frozenset({DisputeStanding.DISPUTED}),
    DisputeStanding.DISPUTED: frozenset({DisputeStanding.WON, DisputeStanding.LOST}),
    DisputeStanding.WON: frozenset({DisputeStanding.DISPUTED}),
    DisputeStanding.LOST: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Region:
    """Where an order keeps one of its three states, and the steps that this may take."""

    column: str
    allowed: Mapping[Any, frozenset[Any]]


REGIONS: Mapping[type[Standing], Region] = {
    OrderState: Region("state", ALLOWED),
    RefundStanding: Region("refund_state", ALLOWED_REFUNDS),
    DisputeStanding: Region("dispute_state", ALLOWED_DISPUTES),
}


def standing_named(name: str, *, come_from: str | None = None) -> Standing:
    """The state of a stored name. Two regions have a `none`; where it came from says which."""
    for region in REGIONS:
        if name in set(region) and (come_from is None or come_from in set(region)):
            return region(name)
    raise ValueError(name)


PAID_STATES = frozenset({OrderState.PAID, OrderState.PARTLY_FULFILLED, OrderState.FULFILLED})
"""Paid for, handed over or not. That money may have gone back since is told by the other regions."""
