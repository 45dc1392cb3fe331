"""The states of payments and of refunds."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from shop.core.labels import LabelledEnum


class PaymentState(LabelledEnum):
    """Where a payment is. *Starting*: the provider has not told us its reference yet, so nobody can have paid.

    *Refund due*: we hold money for which we can't serve an order. *Given back*: we held such money.
    """

    STARTING = "starting", _l("Starting")
    OPEN = "open", _l("Open")
    PAID = "paid", _l("Paid")
    FAILED = "failed", _l("Failed")
    EXPIRED = "expired", _l("Expired")
    REFUND_DUE = "refund_due", _l("Refund due")
    GIVEN_BACK = "given_back", _l("Refunded")


UNSERVED = frozenset({PaymentState.REFUND_DUE, PaymentState.GIVEN_BACK})
"""Money came that no order was served for."""
UNDECIDED = frozenset({PaymentState.STARTING, PaymentState.OPEN})
WITHOUT_MONEY = UNDECIDED | {PaymentState.FAILED, PaymentState.EXPIRED}


class RefundState(LabelledEnum):
    """Where a refund is. *Asked*: decided here, and the provider has not answered yet."""

    ASKED = "asked", _l("Requested")
    PENDING = "pending", _l("In progress")
    DONE = "done", _l("Done")
    FAILED = "failed", _l("Failed")


# A bank may return a refund days after the provider called it done.
NEXT_OF_REFUND: Mapping[RefundState, frozenset[RefundState]] = {
    RefundState.ASKED: frozenset({RefundState.PENDING, RefundState.DONE, RefundState.FAILED}),
    RefundState.PENDING: frozenset({RefundState.DONE, RefundState.FAILED}),
    RefundState.DONE: frozenset({RefundState.FAILED}),
    RefundState.FAILED: frozenset(),
}
