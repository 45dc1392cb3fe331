"""What staff do about an order's money: giving an unpaid one up here, refunds in `refund_pages`."""

from __future__ import annotations

import structlog
from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.payments.attempts import ending
from shop.plugins.api import Refused, notify

bp = Blueprint("order_payments", __name__)
log = structlog.get_logger(__name__)


@bp.post("/<int:order_id>/cancellation")
def cancel(order_id: int) -> ResponseReturnValue:
    """Give up an order that was not paid. Its payments are ended at their providers first."""
    number = order_queries.order_by_id_or_404(order_id).number
    staff = current_account()
    try:
        done = ending.close_order(order_id, why=_("Cancelled by staff"), by=staff)
    except Exception as error:
        log.warning("order.not_closed", order=order_id, error=repr(error))
        raise Refused(
            _(
                "We can’t reach the payment provider, so the payment could still arrive. Try again later."
            )
        ) from error
    if not done:
        raise Refused(_("You can cancel an order only while it awaits payment."))
    notify(_("Order %(number)s has been cancelled.", number=number))
    return back_to(order_id)


def back_to(order_id: int) -> ResponseReturnValue:
    """To the order's page, after something was done about its money."""
    return redirect(url_for("admin.orders.show", order_id=order_id), 303)
