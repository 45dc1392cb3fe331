"""What a buyer and their bank do on the pay page: pay, be declined, be asked by the bank, pay by a slow bank."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shop.blueprints.payments_stripe.standin import checkout, objects
from shop.blueprints.payments_stripe.standin.models import StandInObject
from shop.blueprints.payments_stripe.standin.telling import tell_shop
from shop.core import clock, jobs
from shop.plugins.api import JobKind

SLOW = timedelta(seconds=10)
FINISH_JOB = "payments_stripe.finish"
DECLINED = {
    "type": "card_error",
    "code": "card_declined",
    "decline_code": "generic_decline",
    "message": "Your card was declined.",
}
NOT_CONFIRMED = {
    "type": "card_error",
    "code": "payment_intent_authentication_failure",
    "message": "Your bank did not confirm that it is you.",
}
SLOW_BANK_REFUSED = {
    "type": "invalid_request_error",
    "code": "payment_intent_payment_attempt_failed",
    "message": "Your bank refused the debit.",
}


def open_session(reference: str) -> StandInObject | None:
    """A session that can still be paid, locked; None when it is complete or over."""
    session = objects.find_object("session", reference, lock=True)
    if checkout.is_over(session):
        checkout.end_session(session)
    return session if session.body["status"] == "open" else None


def pay(session: StandInObject) -> None:
    """The card is good."""
    intent = _intent(session)
    charge = _take(intent)
    complete(session, "paid")
    tell_shop(
        session,
        ("payment_intent.succeeded", intent),
        ("charge.succeeded", charge),
        ("checkout.session.completed", session),
    )


def decline(session: StandInObject, error: dict[str, Any] = DECLINED) -> None:
    """The card is refused. The session stays open: the buyer may try another."""
    intent = _intent(session)
    charge = _refuse(intent, error)
    tell_shop(session, ("payment_intent.payment_failed", intent), ("charge.failed", charge))


def ask_the_bank(session: StandInObject) -> None:
    """3-D Secure: the bank wants to know whether it is really the buyer."""
    intent = _intent(session)
    intent.body["status"] = "requires_action"
    tell_shop(session, ("payment_intent.requires_action", intent))


def take_time(session: StandInObject, *, succeeds: bool) -> None:
    """A bank debit: the session is complete at once, the money comes, or does not, a while later."""
    intent = _intent(session)
    intent.body["status"] = "processing"
    complete(session, "unpaid")
    tell_shop(
        session, ("payment_intent.processing", intent), ("checkout.session.completed", session)
    )
    jobs.enqueue(
        FINISH_JOB,
        {"reference": session.id, "succeeds": succeeds},
        run_at=clock.now() + SLOW,
    )


def finish(payload: dict[str, Any]) -> None:
    """The job: the slow bank has decided."""
    session = objects.find_object("session", payload["reference"], lock=True)
    intent = _intent(session)
    if intent.body["status"] != "processing":
        return
    if payload["succeeds"]:
        _take(intent)
        session.body["payment_status"] = "paid"
        tell_shop(session, ("checkout.session.async_payment_succeeded", session))
    else:
        _refuse(intent, SLOW_BANK_REFUSED)
        tell_shop(session, ("checkout.session.async_payment_failed", session))


FINISH = JobKind(name=FINISH_JOB, handle=finish)


def is_asked_by_bank(session: StandInObject) -> bool:
    """Whether 3-D Secure waits for an answer."""
    return _status(session) == "requires_action"


def refusal(session: StandInObject) -> str:
    """Why the last try failed; empty when it did not."""
    if session.body["mode"] == "subscription":
        return str(session.hidden.get("refusal", ""))
    if not session.body["payment_intent"]:
        return ""
    intent = objects.find_object("payment_intent", session.body["payment_intent"])
    error = intent.body["last_payment_error"]
    return str(error["message"]) if error else ""


def _status(session: StandInObject) -> str:
    if not session.body["payment_intent"]:
        return ""
    return str(objects.find_object("payment_intent", session.body["payment_intent"]).body["status"])


def _intent(session: StandInObject) -> StandInObject:
    """The session's intent, which Stripe makes at the buyer's first try."""
    if session.body["payment_intent"]:
        return objects.find_object("payment_intent", session.body["payment_intent"], lock=True)
    body = {
        "amount": session.body["amount_total"],
        "amount_received": 0,
        "currency": session.body["currency"],
        "status": "requires_confirmation",
        "last_payment_error": None,
        "latest_charge": None,
        **session.hidden["intent"],
    }
    intent = objects.keep_object("payment_intent", "payment_intent", body, parent=session.id)
    session.body["payment_intent"] = intent.id
    return intent


def charged_intent(session: StandInObject, *, amount: int, hidden: dict[str, Any]) -> StandInObject:
    """A payment of which the buyer sees no page: a card that was kept is charged."""
    body = {
        "amount": amount,
        "amount_received": 0,
        "currency": session.body["currency"],
        "status": "requires_confirmation",
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": {},
    }
    intent = objects.keep_object(
        "payment_intent", "payment_intent", body, parent=session.id, **hidden
    )
    _take(intent)
    return intent


def _take(intent: StandInObject) -> StandInObject:
    charge = _charge(intent, "succeeded")
    intent.body["status"] = "succeeded"
    intent.body["amount_received"] = intent.body["amount"]
    intent.body["last_payment_error"] = None
    return charge


def _refuse(intent: StandInObject, error: dict[str, Any]) -> StandInObject:
    charge = _charge(intent, "failed")
    intent.body["status"] = "requires_payment_method"
    intent.body["last_payment_error"] = {**error, "charge": charge.id}
    return charge


def _charge(intent: StandInObject, status: str) -> StandInObject:
    body = {
        "amount": intent.body["amount"],
        "amount_refunded": 0,
        "currency": intent.body["currency"],
        "payment_intent": intent.id,
        "paid": status == "succeeded",
        "disputed": False,
        "refunded": False,
        "status": status,
    }
    charge = objects.keep_object("charge", "charge", body, parent=intent.id)
    intent.body["latest_charge"] = charge.id
    return charge


def complete(session: StandInObject, payment_status: str) -> None:
    """The buyer has done everything."""
    session.body["status"] = "complete"
    session.body["payment_status"] = payment_status
    session.body["url"] = None
    for reference in session.hidden["coupons"]:
        coupon = objects.find_object("coupon", reference, lock=True)
        coupon.body["times_redeemed"] += 1
