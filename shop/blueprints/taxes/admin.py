"""The admin pages of taxes."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.taxes import queries, services, union
from shop.blueprints.taxes.forms import TaxRateForm
from shop.blueprints.taxes.models import Goods, TaxRate
from shop.blueprints.taxes.settings import TaxSettings
from shop.core import settings
from shop.core.countries import country_name, home_country
from shop.plugins.api import Refused, commits, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

bp = Blueprint("taxes", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Every rate, and what holds beside them."""
    return render_template(
        "admin/taxes/index.html",
        rates=queries.rates(),
        today=queries.rates_today(),
        rules=settings.current(TaxSettings),
        home=home_country(),
        source=union.SOURCE,
        country_name=country_name,
        goods=Goods,
    )


@bp.post("/union")
@commits
def fill_in_union() -> ResponseReturnValue:
    """Write the standard rates of the European Union."""
    new = services.fill_in_union()
    notify(ngettext("One rate was added.", "%(num)d rates were added.", new))
    return redirect(url_for(".index"), 303)


@bp.get("/new")
def new() -> ResponseReturnValue:
    """The empty form."""
    return _page(None, TaxRateForm.of(None))


@bp.post("/new")
def write() -> ResponseReturnValue:
    """Add a rate."""
    return _write(None)


@bp.get("/<int:rate_id>")
def edit(rate_id: int) -> ResponseReturnValue:
    """A rate."""
    rate = queries.tax_rate_or_404(rate_id)
    return _page(rate, TaxRateForm.of(rate))


@bp.post("/<int:rate_id>")
def save(rate_id: int) -> ResponseReturnValue:
    """Change a rate."""
    return _write(queries.tax_rate_or_404(rate_id))


def _write(rate: TaxRate | None) -> ResponseReturnValue:
    form = TaxRateForm.of(rate)
    rate_id = rate.id if rate else None
    if not form.validate():
        return _page(rate, form), 422
    try:
        with unit_of_work():
            services.write_tax_rate(
                form.terms(), rate=queries.tax_rate_or_404(rate_id) if rate_id else None
            )
    except Refused as refusal:
        refuse_field(form, refusal)
        return _page(queries.tax_rate_or_404(rate_id) if rate_id else None, form), 422
    notify(_("Saved."))
    return redirect(url_for(".index"), 303)


def _page(rate: TaxRate | None, form: TaxRateForm) -> str:
    return render_template("admin/taxes/rate.html", rate=rate, form=form, country_name=country_name)


@bp.post("/<int:rate_id>/removed")
@commits
def remove(rate_id: int) -> ResponseReturnValue:
    """Delete a rate."""
    token = services.remove_tax_rate(queries.tax_rate_or_404(rate_id))
    notify(_("The rate has been deleted."), undo_url=url_for(".restore", token=token))
    return redirect(url_for(".index"), 303)


@bp.post("/restored/<token>")
def restore(token: str) -> ResponseReturnValue:
    """Make a deleted rate again."""
    try:
        with unit_of_work():
            services.restore_tax_rate(token)
    except Refused as refusal:
        notify(refusal.message, "error")
    else:
        notify(_("Restored."))
    return redirect(url_for(".index"), 303)
