"""The admin pages of shipping: zones and their rates."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.shipping import queries, services
from shop.blueprints.shipping.forms import ShippingRateForm, ZoneForm
from shop.blueprints.shipping.models import ShippingRate, ShippingZone
from shop.blueprints.shipping.settings import ShippingSettings
from shop.core import settings
from shop.core.countries import country_name
from shop.core.site import site
from shop.plugins.api import Refused, commits, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

bp = Blueprint("shipping", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """The zones, with their rates."""
    return render_template(
        "admin/shipping/index.html",
        zones=queries.zones(),
        flat=settings.current(ShippingSettings),
        currency=site().currency,
        country_name=country_name,
    )


@bp.get("/new")
def new_zone() -> ResponseReturnValue:
    """The empty form."""
    return _zone_page(None, ZoneForm.of(None))


@bp.post("/new")
def write_zone() -> ResponseReturnValue:
    """Make a zone."""
    return _write_zone(None)


@bp.get("/<int:zone_id>")
def edit_zone(zone_id: int) -> ResponseReturnValue:
    """A zone with its rates."""
    zone = queries.zone_or_404(zone_id)
    return _zone_page(zone, ZoneForm.of(zone))


@bp.post("/<int:zone_id>")
def save_zone(zone_id: int) -> ResponseReturnValue:
    """Change a zone."""
    return _write_zone(queries.zone_or_404(zone_id))


def _write_zone(zone: ShippingZone | None) -> ResponseReturnValue:
    form = ZoneForm.of(zone)
    if not form.validate():
        return _zone_page(zone, form), 422
    zone_id = zone.id if zone else None
    try:
        with unit_of_work():
            written = services.write_zone(
                form.name.data or "",
                form.countries.data or [],
                is_rest=bool(form.is_rest.data),
                zone=queries.zone_or_404(zone_id) if zone_id else None,
            )
            written_id = written.id
    except Refused as refusal:
        refuse_field(form, refusal)
        return _zone_page(queries.zone_or_404(zone_id) if zone_id else None, form), 422
    notify(_("Saved.") if zone_id else _("Created. Now add a rate to the zone."))
    return redirect(url_for(".edit_zone", zone_id=written_id), 303)


def _zone_page(zone: ShippingZone | None, form: ZoneForm) -> str:
    return render_template("admin/shipping/zone.html", zone=zone, form=form)


@bp.post("/<int:zone_id>/removed")
@commits
def remove_zone(zone_id: int) -> ResponseReturnValue:
    """Delete a zone."""
    zone = queries.zone_or_404(zone_id)
    name, token = zone.name, services.remove_zone(zone)
    notify(
        _("The zone “%(name)s” has been deleted.", name=name),
        undo_url=url_for(".restore_zone", token=token),
    )
    return redirect(url_for(".index"), 303)


@bp.post("/zones/restored/<token>")
def restore_zone(token: str) -> ResponseReturnValue:
    """Make a deleted zone again, with its rates."""
    try:
        with unit_of_work():
            zone_id = services.restore_zone(token).id
    except Refused as refusal:
        notify(refusal.message, "error")
        return redirect(url_for(".index"), 303)
    notify(_("Restored."))
    return redirect(url_for(".edit_zone", zone_id=zone_id), 303)


@bp.get("/<int:zone_id>/rates/new")
def new_rate(zone_id: int) -> ResponseReturnValue:
    """The empty form."""
    return _rate_page(queries.zone_or_404(zone_id), None, ShippingRateForm.of(None))


@bp.post("/<int:zone_id>/rates/new")
def write_rate(zone_id: int) -> ResponseReturnValue:
    """Add a rate to a zone."""
    return _write_rate(queries.zone_or_404(zone_id), None)


@bp.get("/<int:zone_id>/rates/<int:rate_id>")
def edit_rate(zone_id: int, rate_id: int) -> ResponseReturnValue:
    """A rate."""
    zone = queries.zone_or_404(zone_id)
    rate = queries.shipping_rate_or_404(zone, rate_id)
    return _rate_page(zone, rate, ShippingRateForm.of(rate))


@bp.post("/<int:zone_id>/rates/<int:rate_id>")
def save_rate(zone_id: int, rate_id: int) -> ResponseReturnValue:
    """Change a rate."""
    zone = queries.zone_or_404(zone_id)
    return _write_rate(zone, queries.shipping_rate_or_404(zone, rate_id))


def _write_rate(zone: ShippingZone, rate: ShippingRate | None) -> ResponseReturnValue:
    form = ShippingRateForm.of(rate)
    zone_id, rate_id = zone.id, rate.id if rate else None
    currency = rate.currency if rate else site().currency
    if not form.validate():
        return _rate_page(zone, rate, form), 422
    try:
        terms = form.terms(currency)
    except Refused as refusal:
        refuse_field(form, refusal)
        return _rate_page(zone, rate, form), 422
    with unit_of_work():
        zone = queries.zone_or_404(zone_id)
        rate = queries.shipping_rate_or_404(zone, rate_id) if rate_id else None
        services.write_rate(zone, terms, currency=currency, rate=rate)
    notify(_("Saved."))
    return redirect(url_for(".edit_zone", zone_id=zone_id), 303)


def _rate_page(zone: ShippingZone, rate: ShippingRate | None, form: ShippingRateForm) -> str:
    currency = rate.currency if rate else site().currency
    return render_template(
        "admin/shipping/rate.html", zone=zone, rate=rate, form=form, currency=currency
    )


@bp.post("/<int:zone_id>/rates/<int:rate_id>/removed")
@commits
def remove_rate(zone_id: int, rate_id: int) -> ResponseReturnValue:
    """Delete a rate."""
    rate = queries.shipping_rate_or_404(queries.zone_or_404(zone_id), rate_id)
    token = services.remove_rate(rate)
    notify(_("The rate has been deleted."), undo_url=url_for(".restore_rate", token=token))
    return redirect(url_for(".edit_zone", zone_id=zone_id), 303)


@bp.post("/rates/restored/<token>")
@commits
def restore_rate(token: str) -> ResponseReturnValue:
    """Make a deleted rate again."""
    rate = services.restore_rate(token)
    notify(_("Restored."))
    return redirect(url_for(".edit_zone", zone_id=rate.zone_id), 303)
