"""The admin pages of codes."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.discounts import queries, services
from shop.blueprints.discounts.forms import CodeForm
from shop.blueprints.discounts.models import DiscountCode
from shop.core.site import site
from shop.plugins.api import AdminFound, Refused, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

bp = Blueprint("discounts", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Every code, and how often it was used."""
    search = request.args.get("q", "")[:40]
    page = queries.codes(search=search, after=request.args.get("after"))
    return render_template("admin/discounts/index.html", page=page, search=search)


def find_codes(typed: str, limit: int) -> Iterable[AdminFound]:
    """Those with this in the code."""
    for code in queries.codes(search=typed).items[:limit]:
        yield AdminFound(code.code, url_for("admin.discounts.edit", code_id=code.id))


@bp.get("/new")
def new() -> ResponseReturnValue:
    """The empty form."""
    return _page(None, CodeForm.of(None))


@bp.post("/new")
def write() -> ResponseReturnValue:
    """Make a code."""
    return _write(None)


@bp.get("/<int:code_id>")
def edit(code_id: int) -> ResponseReturnValue:
    """A code, and the orders that used it."""
    code = queries.code_or_404(code_id)
    return _page(code, CodeForm.of(code))


@bp.post("/<int:code_id>")
def save(code_id: int) -> ResponseReturnValue:
    """Change a code."""
    return _write(queries.code_or_404(code_id))


def _write(
    code: DiscountCode | None, *, on: bool | None = None, said: str = ""
) -> ResponseReturnValue:
    form = CodeForm.of(code)
    code_id = code.id if code else None
    currency = code.currency if code else site().currency
    if not form.validate():
        return _page(code, form), 422
    try:
        with unit_of_work():
            stored = queries.code_or_404(code_id) if code_id else None
            written = services.write_code(form.terms(currency), code=stored)
            if on is not None:
                services.switch(written, on=on)
            written_id = written.id
    except Refused as refusal:
        refuse_field(form, refusal)
        return _page(queries.code_or_404(code_id) if code_id else None, form), 422
    notify(said or (_("Saved.") if code_id else _("Created. Buyers can use it now.")))
    return redirect(url_for(".edit", code_id=written_id), 303)


def _page(code: DiscountCode | None, form: CodeForm) -> str:
    return render_template(
        "admin/discounts/code.html",
        code=code,
        form=form,
        orders=queries.orders_with(code) if code else (),
        currency=code.currency if code else site().currency,
    )


@bp.post("/<int:code_id>/on")
def switch_on(code_id: int) -> ResponseReturnValue:
    """Activate it again."""
    return _switch(code_id, on=True)


@bp.post("/<int:code_id>/off")
def switch_off(code_id: int) -> ResponseReturnValue:
    """Deactivate it."""
    return _switch(code_id, on=False)


def _switch(code_id: int, *, on: bool) -> ResponseReturnValue:
    code = queries.code_or_404(code_id)
    said = (
        _("%(code)s is accepted again.", code=code.code)
        if on
        else _("%(code)s is no longer accepted.", code=code.code)
    )
    if "code" in request.form:  # the button of its page, which sends along what was typed
        return _write(code, on=on, said=said)
    with unit_of_work():
        services.switch(queries.code_or_404(code_id), on=on)
    notify(said)
    return redirect(url_for(".edit", code_id=code_id), 303)
