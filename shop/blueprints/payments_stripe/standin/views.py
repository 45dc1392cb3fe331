"""The stand-in's pay page: plainly a TEST, where one chooses what a buyer and their bank do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.payments_stripe import keys
from shop.blueprints.payments_stripe.standin import bank, billing, checkout, objects, returning
from shop.blueprints.payments_stripe.standin.errors import ApiError
from shop.blueprints.payments_stripe.standin.models import StandInObject
from shop.blueprints.payments_stripe.standin.returning import RefundsAre
from shop.blueprints.payments_stripe.standin.telling import WebhookDelivery
from shop.core.pages.page_cache import keep_out_of_sight
from shop.core.web.security import base_url
from shop.plugins.api import NotFound, unit_of_work

bp = Blueprint("payments_stripe", __name__, url_prefix="/payments/test")
bp.after_request(keep_out_of_sight)

CARDS: Mapping[str, Callable[[StandInObject], object]] = {
    "succeed": bank.pay,
    "decline": bank.decline,
    "three_d_secure": bank.ask_the_bank,
    "confirm": bank.pay,
    "refuse": lambda session: bank.decline(session, bank.NOT_CONFIRMED),
    "slow": lambda session: bank.take_time(session, succeeds=True),
    "slow_failure": lambda session: bank.take_time(session, succeeds=False),
    "expire": checkout.end_session,
}
FIRST_PAYMENTS: Mapping[str, Callable[[StandInObject], object]] = {
    "succeed": billing.begin_billing,
    "decline": billing.refuse_first,
    "expire": checkout.end_session,
}
RENEWALS: Mapping[str, Callable[[StandInObject], object]] = {
    "renew": lambda session: billing.renew_period(session, succeeds=True),
    "renew_declined": lambda session: billing.renew_period(session, succeeds=False),
    "pay_renewal": billing.pay_open_invoice,
}
AFTERWARDS: Mapping[str, Callable[[StandInObject], object]] = {
    "dispute": returning.dispute,
    "dispute_won": lambda session: returning.decide_dispute(session, won=True),
    "dispute_lost": lambda session: returning.decide_dispute(session, won=False),
    "refunds_done": lambda session: returning.decide_refunds(session, RefundsAre.DONE),
    "refunds_failed": lambda session: returning.decide_refunds(session, RefundsAre.FAILED),
}


@bp.before_request
def _closed_where_people_pay() -> None:
    """Where people really pay, and where nobody asked for test payments, they are closed."""
    if not keys.is_stand_in_open():
        raise NotFound


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """What is to be paid, and what may become of it; afterwards, what may come back."""
    session = _session_or_404(reference)
    body = session.body
    intent = body["payment_intent"]
    return render_template(
        "payments_stripe/test.html",
        session=body,
        reference=reference,
        amount_minor=body["amount_total"],
        currency=body["currency"].upper(),
        is_open=body["status"] == "open" and not checkout.is_over(session),
        is_asked_by_bank=bank.is_asked_by_bank(session),
        refusal=bank.refusal(session),
        wishes=session.hidden,
        disputes=objects.children(intent, "dispute") if intent else [],
        waiting_refunds=[
            refund
            for refund in (objects.children(intent, "refund") if intent else [])
            if refund.body["status"] == "pending"
        ],
        subscription=objects.find_object("subscription", body["subscription"]).body
        if body.get("subscription")
        else None,
        return_url=_within(body["success_url"]),
        cancel_url=_within(body["cancel_url"]),
    )


@bp.post("/<reference>")
def decide(reference: str) -> ResponseReturnValue:
    """Do what was chosen. Back to the shop when the session is over, else to this page."""
    outcome = request.form.get("outcome", "")
    if not any(outcome in known for known in (CARDS, AFTERWARDS, RENEWALS)):
        abort(422)
    return_url = _within(_session_or_404(reference).body["success_url"])
    with unit_of_work():
        if outcome in AFTERWARDS:
            paid = objects.find_object("session", reference, lock=True)
            if paid.body["payment_intent"]:
                AFTERWARDS[outcome](paid)
            return redirect(url_for(".show", reference=reference), 303)
        if outcome in RENEWALS:
            running = objects.find_object("session", reference, lock=True)
            if running.body.get("subscription"):
                RENEWALS[outcome](running)
            return redirect(url_for(".show", reference=reference), 303)
        session = bank.open_session(reference)
        if session is not None:
            _remember_wishes(session)
            choices = possible(session)
            if outcome not in choices:
                abort(422)
            choices[outcome](session)
        stays = session is not None and session.body["status"] == "open"
    return redirect(url_for(".show", reference=reference) if stays else return_url, 303)


def possible(session: StandInObject) -> Mapping[str, Callable[[StandInObject], object]]:
    """What a buyer and their bank can do on a pay page."""
    return FIRST_PAYMENTS if session.body["mode"] == "subscription" else CARDS


def _remember_wishes(session: StandInObject) -> None:
    delivery, refunds = request.form.get("webhooks", ""), request.form.get("refunds", "")
    if delivery in set(WebhookDelivery):
        session.hidden["delivery"] = delivery
    if refunds in set(RefundsAre):
        session.hidden["refunds"] = refunds


def _session_or_404(reference: str) -> StandInObject:
    try:
        return objects.find_object("session", reference)
    except ApiError:
        raise NotFound(_("This payment does not exist.")) from None


def _within(url: str) -> str:
    """The same page under the address by which the visitor came: a demonstration may have several names."""
    return url.removeprefix(base_url())
