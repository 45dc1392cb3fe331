"""Payments in the back office: whether money and messages come in as they should."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from shop.blueprints.checkout import card_testing, watch

bp = Blueprint("payments", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """What is open, what was healed, and what providers told us."""
    healed = watch.healed()
    return render_template(
        "admin/payments/index.html",
        healed=healed,
        never_told=watch.never_told(healed),
        open_payments=watch.open_payments(),
        messages=watch.messages(),
        is_wave=card_testing.is_wave(),
    )
