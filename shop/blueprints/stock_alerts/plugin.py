"""What stock alerts contribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.catalog.queries import any_product_or_404
from shop.blueprints.stock_alerts import admin, queries, services, views
from shop.blueprints.stock_alerts.forms import NotifyForm
from shop.core.jobs import Lane
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    Guide,
    JobKind,
    MailKind,
    Periodic,
    Permission,
    PersonalData,
    Plugin,
    ProductView,
    Slot,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import ProductChanged, StockAlertAsked, VariantRestocked

PLUGIN = Plugin(name="stock_alerts", title=_l("Stock alerts"), requires=("catalog",))


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("product.after_buy", views.SLOT, _notify)
    yield Slot("guide.sold_out", "stock_alerts/in_card.html", _in_card)


def _notify(product: ProductView, form: NotifyForm | None = None) -> Mapping[str, Any] | None:
    variants = queries.sold_out(any_product_or_404(product.id))
    if not variants:
        return None
    form = form or NotifyForm(formdata=None)
    form.offer(variants)
    return {"product": product, "variants": variants, "form": form}


def _in_card(guide: Guide) -> Mapping[str, Any]:
    return {"guide": guide}


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("stock_alerts.read", _l("See stock alerts"), frozenset({"editor"}))


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="stock-alerts",
        label=_l("Stock alerts"),
        group="sell",
        permission="stock_alerts.read",
        blueprint=admin.bp,
        order=40,
    )


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    yield MailKind(
        name="stock-alert",
        title=_l("Something is back in stock"),
        subject=_l("{{ product.title }} is available again"),
        reason=_l("You get this email once because you asked for it."),
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("stock_alerts.begin_waiting", StockAlertAsked, services.begin_waiting)
    yield Subscriber("stock_alerts.variant_came_back", VariantRestocked, services.variant_came_back)
    yield Subscriber("stock_alerts.product_changed", ProductChanged, services.product_changed)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield JobKind(services.JOB, services.tell_batch, lane=Lane.SLOW, in_transaction=False)


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield Periodic("stock_alerts.forget_old", timedelta(days=1), services.forget_old)


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("stock_alerts", _l("Stock alerts"), export=_export, erase=services.erase)


def _export(email: str) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "product": alert.variant.product.title,
            "variant": alert.variant.title,
            "state": alert.state,
            "asked": alert.created_at.isoformat(),
            **({"sent": alert.sent_at.isoformat()} if alert.sent_at else {}),
        }
        for alert in queries.alerts_of(email)
    ]
