"""The stock, variant by variant."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.catalog import queries
from shop.blueprints.catalog.models import MovementKind, Variant
from shop.blueprints.catalog.stock import ledger, levels
from shop.blueprints.catalog.stock.forms import StockForm
from shop.plugins.api import Refused, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

bp = Blueprint("stock", __name__)

KINDS = {
    MovementKind.RECEIVED: _l("received"),
    MovementKind.RESERVED: _l("reserved"),
    MovementKind.RELEASED: _l("released"),
    MovementKind.SOLD: _l("sold"),
    MovementKind.RETURNED: _l("returned"),
    MovementKind.WRITTEN_OFF: _l("lost or damaged"),
    MovementKind.ADJUSTED: _l("counted"),
}


@bp.get("/")
def overview() -> ResponseReturnValue:
    """The stock of every variant; `?low=1` only of those that run low."""
    low = request.args.get("low") == "1"
    page = queries.variants_in_stock(low=low, after=request.args.get("after"))
    return render_template(
        "admin/stock/index.html", page=page, low=low, low_count=queries.running_low()
    )


@bp.get("/<int:variant_id>")
def show(variant_id: int) -> ResponseReturnValue:
    """One variant's numbers and stock history."""
    return _ledger(queries.any_variant_or_404(variant_id), StockForm(formdata=None))


@bp.post("/<int:variant_id>")
def move(variant_id: int) -> ResponseReturnValue:
    """Note what came in, went out or was counted."""
    variant = queries.any_variant_or_404(variant_id)
    form = StockForm()
    if form.validate():
        account = current_account()
        by = account.id if account else None
        try:
            with unit_of_work():
                _move(variant, form, by=by)
        except Refused as refusal:
            refuse_field(form, refusal)
        else:
            notify(_("Saved."))
            return redirect(url_for("admin.stock.show", variant_id=variant_id), 303)
    return _ledger(variant, form), 422


def _move(variant: Variant, form: StockForm, *, by: int | None) -> None:
    quantity, reason = form.quantity.data or 0, form.reason.data or ""
    match form.change.data:
        case "received":
            levels.restock(variant, quantity, reason=reason, by=by)
        case "returned":
            levels.restock(variant, quantity, reason=reason, by=by, kind=MovementKind.RETURNED)
        case "written_off":
            levels.restock(variant, -quantity, reason=reason, by=by, kind=MovementKind.WRITTEN_OFF)
        case "counted":
            levels.set_on_hand(variant, quantity, reason=reason, by=by)
        case _:
            levels.set_on_hand(variant, None, reason=reason, by=by)


def _ledger(variant: Variant, form: StockForm) -> str:
    return render_template(
        "admin/stock/show.html",
        variant=variant,
        form=form,
        kinds=KINDS,
        page=ledger.movements(variant.id, after=request.args.get("after")),
        agrees=ledger.balance(variant.id).agrees_with(variant),
    )
