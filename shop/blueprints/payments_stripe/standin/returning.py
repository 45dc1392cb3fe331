"""Money that goes back: refunds, which we ask for, and disputes, which a buyer's bank begins."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from shop.blueprints.payments_stripe.standin import objects
from shop.blueprints.payments_stripe.standin.errors import ApiError
from shop.blueprints.payments_stripe.standin.models import StandInObject
from shop.blueprints.payments_stripe.standin.telling import tell_shop

SECONDS_TO_ANSWER = 7 * 24 * 3600


class RefundsAre(StrEnum):
    """What becomes of a payment's refunds."""

    DONE = "done"
    PENDING = "pending"
    FAILED = "failed"


STATUS = {
    RefundsAre.DONE: "succeeded",
    RefundsAre.PENDING: "pending",
    RefundsAre.FAILED: "failed",
}


def create_refund(asked: dict[str, Any]) -> dict[str, Any]:
    """Give money back; never more than was taken, whatever was given back before."""
    intent = objects.find_object("payment_intent", asked["payment_intent"], lock=True)
    charge = objects.find_object("charge", _taken_by(intent), lock=True)
    left = charge.body["amount"] - charge.body["amount_refunded"]
    amount = asked.get("amount", left)
    if charge.body["disputed"]:
        raise ApiError("The charge is disputed.", code="charge_disputed")
    if left <= 0:
        raise ApiError(
            f"Charge {charge.id} has already been refunded.", code="charge_already_refunded"
        )
    if not 0 < amount <= left:
        raise ApiError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            code="amount_too_large",
            param="amount",
        )
    session = objects.find_object("session", intent.parent)
    becomes = RefundsAre(session.hidden.get("refunds", RefundsAre.DONE))
    refund = objects.keep_object(
        "refund",
        "refund",
        {
            "amount": amount,
            "charge": charge.id,
            "currency": intent.body["currency"],
            "payment_intent": intent.id,
            "reason": asked.get("reason"),
            "metadata": asked.get("metadata", {}),
            "status": "pending",
        },
        parent=intent.id,
    )
    charge.body["amount_refunded"] += amount
    tell_shop(session, ("refund.created", refund))
    if becomes is not RefundsAre.PENDING:
        finish_refund(refund, becomes)
    return dict(refund.body)


def finish_refund(refund: StandInObject, becomes: RefundsAre) -> None:
    """The bank has taken the money, or sent it back to us."""
    if refund.body["status"] != "pending":
        return
    intent = objects.find_object("payment_intent", refund.parent, lock=True)
    charge = objects.find_object("charge", refund.body["charge"], lock=True)
    refund.body["status"] = STATUS[becomes]
    if becomes is RefundsAre.FAILED:
        refund.body["failure_reason"] = "declined"
        charge.body["amount_refunded"] -= refund.body["amount"]
    charge.body["refunded"] = charge.body["amount_refunded"] == charge.body["amount"]
    kind = "refund.failed" if becomes is RefundsAre.FAILED else "refund.updated"
    tell_shop(
        objects.find_object("session", intent.parent), (kind, refund), ("charge.refunded", charge)
    )


def dispute(session: StandInObject) -> StandInObject | None:
    """The buyer's bank wants the money back. None when it was not paid, or is disputed already."""
    intent = objects.find_object("payment_intent", session.body["payment_intent"], lock=True)
    if intent.body["status"] != "succeeded" or objects.children(intent.id, "dispute"):
        return None
    charge = objects.find_object("charge", _taken_by(intent), lock=True)
    charge.body["disputed"] = True
    made = objects.keep_object(
        "dispute",
        "dispute",
        {
            "amount": charge.body["amount"] - charge.body["amount_refunded"],
            "charge": charge.id,
            "currency": charge.body["currency"],
            "payment_intent": intent.id,
            "evidence_details": {
                "due_by": objects.timestamp() + SECONDS_TO_ANSWER,
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": False,
            "metadata": {},
            "reason": "fraudulent",
            "status": "needs_response",
        },
        parent=intent.id,
    )
    tell_shop(session, ("charge.dispute.created", made))
    return made


def decide_dispute(session: StandInObject, *, won: bool) -> None:
    """The bank has decided who keeps the money."""
    for made in objects.children(session.body["payment_intent"], "dispute"):
        if made.body["status"] == "needs_response":
            made.body["status"] = "won" if won else "lost"
            tell_shop(session, ("charge.dispute.closed", made))


def decide_refunds(session: StandInObject, becomes: RefundsAre) -> None:
    """Decide the refunds of a payment that wait."""
    for refund in objects.children(session.body["payment_intent"], "refund"):
        finish_refund(refund, becomes)


def _taken_by(intent: StandInObject) -> str:
    if intent.body["status"] != "succeeded":
        raise ApiError(
            "This PaymentIntent does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
        )
    return str(intent.body["latest_charge"])
