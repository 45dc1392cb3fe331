"""The state machine of an order, and the states of a payment."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext as _


class OrderState(StrEnum):
    """Where an order is. *Fulfilled* is everything handed over: sent, or there to download."""

    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The state in words, in the site's language."""
        labels: dict[str, str] = {
            OrderState.AWAITING_PAYMENT: _("Awaiting payment"),
            OrderState.PAID: _("Paid"),
            OrderState.FULFILLED: _("Fulfilled"),
            OrderState.CANCELLED: _("Cancelled"),
        }
        return labels[self]


# A cancelled order becomes paid when its money comes late and its stock is still there.
ALLOWED: Mapping[OrderState, frozenset[OrderState]] = {
    OrderState.AWAITING_PAYMENT: frozenset({OrderState.PAID, OrderState.CANCELLED}),
    OrderState.PAID: frozenset({OrderState.FULFILLED}),
    OrderState.FULFILLED: frozenset(),
    OrderState.CANCELLED: frozenset({OrderState.PAID}),
}


class PaymentState(StrEnum):
    """Where a payment is. *Starting*: the provider has not told us its reference yet, so nobody can have paid.

    *Refund due*: we hold money for which we can't serve an order.
    """

    STARTING = "starting"
    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    REFUND_DUE = "refund_due"

    @property
    def label(self) -> str:
        """The state in words, in the site's language."""
        labels: dict[str, str] = {
            PaymentState.STARTING: _("Starting"),
            PaymentState.OPEN: _("Open"),
            PaymentState.PAID: _("Paid"),
            PaymentState.FAILED: _("Failed"),
            PaymentState.EXPIRED: _("Expired"),
            PaymentState.REFUND_DUE: _("Refund due"),
        }
        return labels[self]


UNDECIDED = frozenset({PaymentState.STARTING, PaymentState.OPEN})
WITHOUT_MONEY = UNDECIDED | {PaymentState.FAILED, PaymentState.EXPIRED}
