"""Payments in the admin: whether money and messages come in as they should."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from shop.blueprints.payments import declines
from shop.blueprints.payments.back_office import monitoring

bp = Blueprint("payments", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """What is open, what was healed, and what providers told us."""
    healed = monitoring.healed()
    return render_template(
        "admin/payments/index.html",
        healed=healed,
        never_told=monitoring.never_told(healed),
        open_payments=monitoring.open_payments(),
        messages=monitoring.messages(),
        is_wave=declines.is_wave(),
    )
