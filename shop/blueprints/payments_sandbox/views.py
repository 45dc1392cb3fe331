"""The sandbox's own page, where the buyer decides what becomes of a payment."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from shop.blueprints.payments_sandbox import bank
from shop.blueprints.payments_sandbox.models import SandboxState
from shop.blueprints.payments_sandbox.provider import Sandbox
from shop.core.errors import NotFound
from shop.core.security import base_url
from shop.core.unit_of_work import unit_of_work

bp = Blueprint("payments_sandbox", __name__, url_prefix="/payments/sandbox")

OUTCOMES = {
    "succeed": SandboxState.PAID,
    "decline": SandboxState.FAILED,
    "expire": SandboxState.EXPIRED,
}


@bp.before_request
def _closed_where_people_pay() -> None:
    if not Sandbox().is_offered():
        raise NotFound


@bp.after_request
def _keep_out_of_sight(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@bp.get("/<reference>")
def show(reference: str) -> ResponseReturnValue:
    """What is to be paid, and what may become of it."""
    payment = bank.payment_or_404(reference)
    return render_template(
        "payments_sandbox/show.html",
        payment=payment,
        return_url=_within(payment.return_url),
        cancel_url=_within(payment.cancel_url),
    )


@bp.post("/<reference>")
def decide(reference: str) -> ResponseReturnValue:
    """Do what the buyer chose, and send him back to the shop."""
    return_url = _within(bank.payment_or_404(reference).return_url)
    outcome = request.form.get("outcome", "")
    if outcome not in OUTCOMES and outcome != "slow":
        abort(422)
    with unit_of_work():
        if outcome == "slow":
            bank.take_its_time(reference)
        else:
            bank.decide(reference, OUTCOMES[outcome])
    return redirect(return_url, 303)


def _within(url: str) -> str:
    """The same page under the address by which the visitor came: a demonstration may have several names."""
    return url.removeprefix(base_url())
