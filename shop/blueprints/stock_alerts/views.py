"""Asking for a stock alert, and cancelling."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.catalog import views as catalog
from shop.blueprints.catalog.queries import product_on_shelf
from shop.blueprints.stock_alerts import queries, services
from shop.blueprints.stock_alerts.forms import NotifyForm
from shop.core.mail.unsubscribe import is_one_click, one_click, unsubscribed
from shop.core.web.limits.rate_limits import limit_outcomes, was_accepted
from shop.plugins.api import notify, unit_of_work

bp = Blueprint("stock_alerts", __name__)

SLOT = "stock_alerts/notify.html"

LIMIT = "10 per minute; 50 per hour"
"""For one IP address; a form that has to be corrected does not count."""


@bp.post("/shop/<slug>/notify")
@limit_outcomes(LIMIT, was_accepted)
def ask(slug: str) -> ResponseReturnValue:
    """Take an address; the answer is the same whether it waits already or not."""
    product = product_on_shelf(slug)
    form = NotifyForm()
    variants = [variant for variant in product.variants if not variant.is_retired]
    form.offer(variants)
    if not form.validate():
        return catalog.product_page(product, handed={SLOT: {"form": form}}), 422
    variant = next(each for each in variants if each.id == form.variant.data)
    if variant.is_available:
        notify(_("Good news: this is available right now."), "info")
    else:
        if not form.website.data:
            with unit_of_work():
                services.ask_for_alert(variant_id=form.variant.data, email=form.email.data or "")
        more = _("We will send you one email. You don’t need to confirm anything.")
        notify(_("Thanks! We will notify you when it becomes available!"), more=more)
    return redirect(url_for("catalog.show", slug=slug, _anchor="notify"), 303)


@bp.get("/stock-alerts/<token>")
def cancelling(token: str) -> ResponseReturnValue:
    """A button to get no more of these. Opening the page changes nothing: mail programs open every link."""
    alert = queries.alert_of_token(token)
    return render_template(
        "stock_alerts/cancel.html",
        alert=alert,
        product=alert.variant.product,
        is_waiting=queries.is_waiting(alert.email),
    )


@bp.post("/stock-alerts/<token>")
@one_click
def cancel(token: str) -> ResponseReturnValue:
    """Get no more."""
    with unit_of_work():
        services.cancel_all(queries.alert_of_token(token).email)
    if not is_one_click():
        notify(_("You will get no more of these emails."))
    page = url_for("stock_alerts.cancelling", token=token)
    return unsubscribed(_("You will get no more of these emails."), page)
