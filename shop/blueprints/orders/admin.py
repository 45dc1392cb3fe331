"""Orders in the back office."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.orders import letters, payments, queries
from shop.blueprints.orders.countries import country_name
from shop.blueprints.orders.states import OrderState
from shop.core.errors import NotFound, Refused
from shop.core.notices import notify
from shop.core.unit_of_work import commits

bp = Blueprint("orders", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Orders; `?state=` and `?q=` narrow them down."""
    state = request.args.get("state", "")
    if state and state not in set(OrderState):
        raise NotFound
    search = request.args.get("q", "").strip()[:320]
    return render_template(
        "admin/orders/index.html",
        page=queries.orders(state=state, search=search, after=request.args.get("after")),
        refunds=queries.refunds_due(),
        state=state,
        search=search,
        states=list(OrderState),
    )


@bp.get("/<int:order_id>")
def show(order_id: int) -> ResponseReturnValue:
    """One order, with everything that happened to it."""
    order = queries.order_by_id_or_404(order_id)
    return render_template(
        "admin/orders/show.html",
        order=order,
        mails=queries.mails_of(order),
        country_name=country_name,
    )


@bp.post("/<int:order_id>/cancellation")
def cancel(order_id: int) -> ResponseReturnValue:
    """Give up an order that was not paid. Its payments are ended at their providers first."""
    number = queries.order_by_id_or_404(order_id).number
    staff = current_account()
    try:
        done = payments.close(order_id, why=_("Cancelled by hand"), by=staff)
    except Exception as error:
        payments.log.warning("order.not_closed", order=order_id, error=repr(error))
        raise Refused(
            _(
                "The payment provider can't be reached, so the payment could still arrive. Try again."
            )
        ) from error
    if not done:
        raise Refused(_("Only an order that waits for payment can be cancelled."))
    notify(_("Order %(number)s is cancelled.", number=number))
    return _back(order_id)


@bp.post("/<int:order_id>/confirmation")
@commits
def resend(order_id: int) -> ResponseReturnValue:
    """Mail the confirmation once more."""
    order = queries.order_by_id_or_404(order_id)
    if not order.is_paid:
        raise Refused(_("Only a paid order has a confirmation."))
    letters.send_confirmation(order)
    notify(_("The confirmation is on its way to %(email)s.", email=order.email))
    return _back(order_id)


def _back(order_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin.orders.show", order_id=order_id), 303)
