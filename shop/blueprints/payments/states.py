"""The states of payments and of refunds."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext as _


class PaymentState(StrEnum):
    """Where a payment is. *Starting*: the provider has not told us its reference yet, so nobody can have paid.

    *Refund due*: we hold money for which we can't serve an order. *Given back*: we held such money.
    """

    STARTING = "starting"
    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    REFUND_DUE = "refund_due"
    GIVEN_BACK = "given_back"

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
            PaymentState.GIVEN_BACK: _("Given back"),
        }
        return labels[self]


UNSERVED = frozenset({PaymentState.REFUND_DUE, PaymentState.GIVEN_BACK})
"""Money came that no order was served for."""
UNDECIDED = frozenset({PaymentState.STARTING, PaymentState.OPEN})
WITHOUT_MONEY = UNDECIDED | {PaymentState.FAILED, PaymentState.EXPIRED}


class RefundState(StrEnum):
    """Where a refund is. *Asked*: decided here, and the provider has not answered yet."""

    ASKED = "asked"
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"

    @property
    def label(self) -> str:
        """The state in words, in the site's language."""
        labels: dict[str, str] = {
            RefundState.ASKED: _("Asked for"),
            RefundState.PENDING: _("Under way"),
            RefundState.DONE: _("Done"),
            RefundState.FAILED: _("Failed"),
        }
        return labels[self]


# A bank may return a refund days after the provider called it done.
NEXT_OF_REFUND: Mapping[RefundState, frozenset[RefundState]] = {
    RefundState.ASKED: frozenset({RefundState.PENDING, RefundState.DONE, RefundState.FAILED}),
    RefundState.PENDING: frozenset({RefundState.DONE, RefundState.FAILED}),
    RefundState.DONE: frozenset({RefundState.FAILED}),
    RefundState.FAILED: frozenset(),
}
