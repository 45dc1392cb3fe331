"""What Stripe's objects say, as verdicts of `shop.plugins.terms.payments`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from flask_babel import gettext as _

from shop.blueprints.payments_stripe.notices import METADATA_KEY
from shop.plugins.api import DisputeVerdict, PaymentVerdict, RefundVerdict

if TYPE_CHECKING:
    from stripe import Dispute, PaymentIntent, Refund
    from stripe.checkout import Session

DONE_REFUNDS = frozenset({"succeeded"})
FAILED_REFUNDS = frozenset({"failed", "canceled"})
WON = frozenset({"won", "warning_closed", "prevented"})
TRYING_AGAIN = frozenset({"requires_payment_method", "canceled"})


def of_session(session: Session, *, declines: int = 0) -> PaymentVerdict:
    """What became of a payment. `session.payment_intent` has to be expanded.

    https://docs.stripe.com/payments/checkout/fulfill-orders: `complete` and `unpaid` is a payment by a bank that
    takes days; it ends as `paid`, or with an intent that asks for another payment method.
    """
    key = _key_of(session)
    intent = intent_of(session)
    if session.payment_status != "unpaid":
        return _paid(session, intent, key, declines)
    reason = _why(intent)
    if session.status == "expired":
        return PaymentVerdict(
            session.id, "expired", reason=reason, idempotency_key=key, declines=declines
        )
    if session.status == "complete":
        if intent is not None and intent.status in TRYING_AGAIN:
            return PaymentVerdict(
                session.id, "failed", reason=reason, idempotency_key=key, declines=declines
            )
        return PaymentVerdict(
            session.id, "open", idempotency_key=key, is_under_way=True, declines=declines
        )
    return PaymentVerdict(session.id, "open", idempotency_key=key, declines=declines)


def intent_of(session: Session) -> PaymentIntent | None:
    """The expanded intent of a session; None before the buyer's first try."""
    intent = session.payment_intent
    if isinstance(intent, str):
        raise TypeError("the payment intent was not expanded")
    return intent


def _paid(
    session: Session, intent: PaymentIntent | None, key: str, declines: int
) -> PaymentVerdict:
    charged = session.amount_total if intent is None else intent.amount_received
    currency = (session.currency if intent is None else intent.currency) or ""
    return PaymentVerdict(
        session.id,
        "paid",
        charged or 0,
        currency.upper(),
        idempotency_key=key,
        declines=declines,
    )


def _key_of(session: Session) -> str:
    kept = session.metadata
    return str(kept[METADATA_KEY]) if kept is not None and METADATA_KEY in kept else ""


def _why(intent: PaymentIntent | None) -> str:
    error = intent.last_payment_error if intent is not None else None
    return str(error.message or "") if error is not None else ""


def refund_verdict(refund: Refund, payment_reference: str) -> RefundVerdict:
    """What became of a refund. One that waits for the buyer or the bank is pending."""
    state: Literal["pending", "done", "failed"] = "pending"
    if refund.status in DONE_REFUNDS:
        state = "done"
    elif refund.status in FAILED_REFUNDS:
        state = "failed"
    currency = refund.currency.upper()
    why = getattr(refund, "failure_reason", None)  # it is there only after a failure
    return RefundVerdict(
        refund.id,
        payment_reference,
        state,
        refund.amount,
        currency,
        _("Stripe says: %(reason)s", reason=why) if why else "",
    )


def of_dispute(dispute: Dispute, payment_reference: str) -> DisputeVerdict:
    """Where a dispute stands. An inquiry before a dispute (`warning_…`) is open too: it is answered alike."""
    state: Literal["open", "won", "lost"] = "open"
    if dispute.status in WON:
        state = "won"
    elif dispute.status == "lost":
        state = "lost"
    currency = dispute.currency.upper()
    details = getattr(dispute, "evidence_details", None)
    due_by = getattr(details, "due_by", None)
    return DisputeVerdict(
        dispute.id,
        payment_reference,
        state,
        dispute.amount,
        currency,
        dispute.reason,
        respond_by=datetime.fromtimestamp(due_by, UTC) if due_by else None,
    )
