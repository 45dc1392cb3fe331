"""Orders in the back office."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.orders import letters, notes, payments, queries, refund_queries, refunds, story
from shop.blueprints.orders.forms import NoteForm
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.states import standing_named
from shop.core import clock
from shop.core.countries import country_name
from shop.core.errors import Refused
from shop.core.notices import notify
from shop.core.unit_of_work import commits, unit_of_work

bp = Blueprint("orders", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Orders; `?state=` (one of `queries.SHOWN`) and `?q=` narrow them down."""
    show = request.args.get("state", "")
    search = request.args.get("q", "").strip()[:320]
    return render_template(
        "admin/orders/index.html",
        page=queries.orders(show=show, search=search, after=request.args.get("after")),
        refunds=queries.refunds_due(),
        unclear=refund_queries.unclear(before=clock.now() - refunds.KEY_LIVES),
        disputes=refund_queries.open_disputes(),
        show=show,
        search=search,
        choices=[("", _("All")), *((each, _shown_as(each)) for each in queries.SHOWN)],
    )


def _shown_as(name: str) -> str:
    return str(_("To send")) if name == queries.TO_SEND else standing_named(name).label


@bp.get("/<int:order_id>")
def show(order_id: int) -> ResponseReturnValue:
    """One order, with everything that happened to it."""
    return page_of(queries.order_by_id_or_404(order_id), NoteForm(formdata=None))


def page_of(order: Order, form: NoteForm) -> str:
    """An order's page, with a note as it was typed."""
    return render_template(
        "admin/orders/show.html",
        order=order,
        form=form,
        story=story.of(order),
        refunds=refund_queries.refunds_of(order.id),
        is_unclear=refunds.is_unclear,
        disputes=refund_queries.disputes_of(order.id),
        may_refund=_may_refund(order),
        mails=queries.mails_of(order),
        country_name=country_name,
    )


def _may_refund(order: Order) -> bool:
    payment = refund_queries.payment_that_paid(order.id) if order.is_paid else None
    return payment is not None and payment.refundable_minor > 0 and not order.is_disputed


@bp.post("/<int:order_id>/notes")
def write_note(order_id: int) -> ResponseReturnValue:
    """Keep a note; `to=buyer` mails it to the buyer too."""
    order = queries.order_by_id_or_404(order_id)
    form = NoteForm()
    if not form.validate():
        return page_of(order, form), 422
    to_buyer = request.form.get("to") == "buyer"
    staff = current_account()
    with unit_of_work():
        notes.write(order, form.body.data or "", to_buyer=to_buyer, by=staff)
    notify(_("Your note is on its way to the buyer.") if to_buyer else _("Noted."))
    return back_to(order_id)


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
    return back_to(order_id)


@bp.post("/<int:order_id>/confirmation")
@commits
def resend(order_id: int) -> ResponseReturnValue:
    """Mail the confirmation once more."""
    order = queries.order_by_id_or_404(order_id)
    if not order.is_paid:
        raise Refused(_("Only a paid order has a confirmation."))
    letters.send_confirmation(order)
    notify(_("The confirmation is on its way to %(email)s.", email=order.email))
    return back_to(order_id)


def back_to(order_id: int) -> ResponseReturnValue:
    """To the order's page, after something was done to it."""
    return redirect(url_for("admin.orders.show", order_id=order_id), 303)
