"""Orders in the admin."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.orders import extensions, mails, queries, services
from shop.blueprints.orders.back_office import listing, timeline
from shop.blueprints.orders.back_office.forms import FieldsForm, NoteForm
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.read_model import order_view
from shop.blueprints.orders.states import standing_named
from shop.plugins.api import AdminFound, OrderView, Refused, notify, unit_of_work
from shop.plugins.fields.custom_fields import keep_custom_fields

bp = Blueprint("orders", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Orders; `?state=` (one of `listing.SHOWN`) and `?q=` narrow them down."""
    show = request.args.get("state", "")
    search = request.args.get("q", "").strip()[:320]
    page = listing.orders(show=show, search=search, after=request.args.get("after"))
    return render_template(
        "admin/orders/index.html",
        page=page,
        badges=extensions.extended_badges(page.items),
        actions=[
            (each.label, each.verb, url_for(each.endpoint)) for each in extensions.bulk_actions()
        ],
        show=show,
        search=search,
        choices=[("", _("All")), *((each, _shown_as(each)) for each in listing.SHOWN)],
    )


def find_orders(typed: str, limit: int) -> Iterable[AdminFound]:
    """Those with this in their number, or in the name or the email address of the buyer."""
    for order in listing.orders(search=typed).items[:limit]:
        url = url_for("admin.orders.show", order_id=order.id)
        yield AdminFound(f"{order.number} {order.name}", url, order.state_label)


def _shown_as(name: str) -> str:
    return str(_("To send")) if name == listing.TO_SEND else standing_named(name).label


@bp.get("/<int:order_id>")
def show(order_id: int) -> ResponseReturnValue:
    """One order, with everything that happened to it."""
    return page_of(queries.order_by_id_or_404(order_id))


def page_of(order: Order, form: NoteForm | None = None, *, fields: FieldsForm | None = None) -> str:
    """An order's page, with the form that was refused, where one was."""
    return render_template(
        "admin/orders/show.html",
        order=order,
        view=order_view(order),
        fields=fields or FieldsForm.of(order.id, formdata=None),
        form=form or NoteForm(formdata=None),
        timeline=timeline.of(order),
        mails=queries.mails_of(order),
    )


@bp.post("/<int:order_id>/fields")
def save_fields(order_id: int) -> ResponseReturnValue:
    """Change the fields of plugins."""
    order = queries.order_by_id_or_404(order_id)
    fields = FieldsForm.of(order.id)
    if not fields.validate():
        return page_of(order, fields=fields), 422
    with unit_of_work():
        keep_custom_fields(OrderView, order.id, fields.custom())
    notify(_("Saved."))
    return back_to(order_id)


@bp.post("/<int:order_id>/notes")
def write_note(order_id: int) -> ResponseReturnValue:
    """Keep a note; `to=buyer` mails it to the buyer too."""
    order = queries.order_by_id_or_404(order_id)
    form = NoteForm()
    if not form.validate():
        return page_of(order, form), 422
    to_buyer = request.form.get("to") == "buyer"
    staff = current_account()
    body = form.body.data or ""
    queue_mail = mails.prepare_note(order, body) if to_buyer else None
    with unit_of_work():
        services.write_order_note(order, body, to_buyer=to_buyer, by=staff)
        if queue_mail is not None:
            queue_mail()
    notify(_("We are sending your note to the buyer.") if to_buyer else _("Note saved."))
    return back_to(order_id)


@bp.post("/<int:order_id>/confirmation")
def resend(order_id: int) -> ResponseReturnValue:
    """Mail the confirmation once more."""
    order = queries.order_by_id_or_404(order_id)
    if not order.is_paid:
        raise Refused(_("Only paid orders have a confirmation."))
    queue_mail = mails.prepare_confirmation(order)
    with unit_of_work():
        queue_mail()
    notify(_("We are sending the confirmation to %(email)s.", email=order.email))
    return back_to(order_id)


def back_to(order_id: int) -> ResponseReturnValue:
    """To the order's page, after something was done to it."""
    return redirect(url_for("admin.orders.show", order_id=order_id), 303)
