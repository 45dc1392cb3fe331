"""The admin pages of parcels: what to pick, what is in a parcel, and that it was shipped."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import current_account, may
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders.models import Order
from shop.blueprints.shipments import carriers, queries, services
from shop.blueprints.shipments.forms import ParcelForm, parcel_form
from shop.blueprints.shipments.settings import ShipmentSettings
from shop.core import settings
from shop.core.countries import country_name
from shop.core.text import as_numbers
from shop.plugins.api import NotFound, Refused, db, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

bp = Blueprint("shipments", __name__)

PACK, HANDLE = "shipments.pack", "orders.manage"
MOST_AT_ONCE = 100


@bp.get("/")
def picks() -> ResponseReturnValue:
    """The pick list: what all orders that are to be sent need, by shelf."""
    return render_template(
        "admin/shipments/picks.html",
        picks=queries.pick_list(),
        count=order_queries.to_send_count(),
        at_once=queries.SLIPS_AT_ONCE,
    )


@bp.get("/orders")
def waiting() -> ResponseReturnValue:
    """The orders that are to be sent, the longest waiting first, without what they cost."""
    return render_template(
        "admin/shipments/waiting.html",
        page=queries.orders_waiting(request.args.get("after")),
        country_name=country_name,
    )


@bp.get("/slips")
def slips() -> ResponseReturnValue:
    """Packing slips to print: of `?ids=`, or without any of those that have waited longest."""
    given = request.args.getlist("ids")
    return render_template(
        "admin/shipments/slips.html",
        orders=queries.orders_to_pack(_ids(given) if given else None),
        rules=settings.current(ShipmentSettings),
    )


@bp.get("/orders/<int:order_id>")
def new(order_id: int) -> ResponseReturnValue:
    """What is in the next parcel of an order?"""
    order = _order_or_404(order_id)
    return _form(order, parcel_form(order, formdata=None))


@bp.post("/orders/<int:order_id>")
def send(order_id: int) -> ResponseReturnValue:
    """A parcel has left."""
    order = order_queries.order_by_id_or_404(order_id)
    form = parcel_form(order)
    if queries.shipment_of_key(order.id, form.pressed()):
        return _sent(order_id)
    _order_or_404(order_id)
    if form.validate():
        staff = current_account()
        pieces = form.pieces(order)
        try:
            with unit_of_work():
                services.send_parcel(
                    order,
                    pieces,
                    carrier=form.carrier.data or "",
                    code=form.code.data or "",
                    url=form.url.data or "",
                    by=staff,
                    key=form.pressed(),
                )
        except Refused as refusal:
            refuse_field(form, refusal)
        else:
            return _sent(order_id)
    return _form(order_queries.order_by_id_or_404(order_id), form), 422


def _sent(order_id: int) -> ResponseReturnValue:
    notify(_("Marked as sent. The buyer gets an email."))
    if _handles_orders():
        return redirect(url_for("admin.orders.show", order_id=order_id), 303)
    return redirect(url_for("admin.shipments.waiting"), 303)


def _handles_orders() -> bool:
    """Whether this person sees more of an order than what is to be packed."""
    return may(current_account(), HANDLE)


def _order_or_404(order_id: int) -> Order:
    order = order_queries.order_by_id_or_404(order_id)
    if not (order.to_send_since or _handles_orders()):
        raise NotFound
    return order


@bp.post("/many")
def many() -> ResponseReturnValue:
    """What was ticked in the list of orders: `verb` is `slips` or `sent`."""
    ids = _ids(request.form.getlist("ids"))
    back = _to_the_list()
    if not ids:
        notify(_("Select some orders first."), "info")
        return back
    if request.form.get("verb") == "slips":
        return redirect(url_for("admin.shipments.slips", ids=ids), 303)
    _send_each(ids, current_account())
    return back


def _to_the_list() -> ResponseReturnValue:
    if _handles_orders():
        return redirect(url_for("admin.orders.index", state="to_send"), 303)
    return redirect(url_for("admin.shipments.waiting"), 303)


def _send_each(ids: list[int], staff: Account | None) -> None:
    """One order a unit of work: what can't be sent keeps nothing else from leaving."""
    sent, refused = 0, []
    for order_id in ids:
        try:
            with unit_of_work():
                services.send_rest(order_id, by=staff)
            sent += 1
        except Refused as refusal:
            order = order_queries.order_by_id_or_404(order_id)
            refused.append(f"{order.number}: {refusal.message}")
    if sent:
        notify(
            ngettext("%(num)d order is marked as sent.", "%(num)d orders are marked as sent.", sent)
        )
    for words in refused[:5]:
        notify(words, "error")


def _ids(given: list[str]) -> list[int]:
    """Ids of orders that there are, each once; for who only packs, of those that are to be sent."""
    found = order_queries.existing_ids(as_numbers(given[:MOST_AT_ONCE]))
    return found if _handles_orders() else queries.only_waiting(found)


def _form(order: Order, form: ParcelForm) -> str:
    db.session.refresh(order)
    return render_template(
        "admin/shipments/send.html", order=order, form=form, misread=carriers.misread()
    )
