"""Orders as files: CSV and JSON of what the list of orders would show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import Blueprint, Response, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.orders.exports import files
from shop.blueprints.orders.exports.files import BYTE_ORDER_MARK, FORMATS, Wanted
from shop.blueprints.orders.states import OrderState
from shop.core import clock
from shop.core.text import as_day
from shop.plugins.api import NotFound, Refused

bp = Blueprint("order_exports", __name__)


@bp.get("/export")
def choose_export() -> ResponseReturnValue:
    """Which orders, and as what; with `?as=` the file itself."""
    form = request.args.get("as", "")
    if not form:
        return _page()
    if form not in FORMATS:
        raise NotFound
    try:
        wanted = _wanted()
    except Refused as refusal:
        return _page(refusal), 422
    return _file(form, wanted)


def _page(refusal: Refused | None = None) -> str:
    return render_template(
        "admin/orders/export.html",
        states=list(OrderState),
        given=request.args,
        refusal=refusal,
        action=url_for("admin.order_exports.choose_export"),
    )


def _wanted() -> Wanted:
    state = request.args.get("state", "")
    if state and state not in set(OrderState):
        raise NotFound
    return Wanted(_day("since"), _day("until"), state)


def _day(name: str) -> date | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    day = as_day(text)
    if day is None:
        raise Refused(_("Enter a date such as 2026-11-23."), field=name)
    return day


def _file(form: str, wanted: Wanted) -> Response:
    pieces = files.as_csv(wanted) if form == "csv" else files.as_json(wanted)
    response = Response(stream_with_context(_marked(form, pieces)), content_type=FORMATS[form])
    name = f"orders-{clock.now():%Y-%m-%d}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _marked(form: str, pieces: Iterator[str]) -> Iterator[str]:
    if form == "csv":
        yield BYTE_ORDER_MARK  # without it spreadsheets take the names for another coding
    yield from pieces
