"""What invoices contribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.invoices import admin, queries, services, views
from shop.blueprints.invoices.settings import InvoiceSettings
from shop.blueprints.orders.queries import order_by_id_or_404
from shop.core.jobs import Lane
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    OrderView,
    Permission,
    PersonalData,
    Plugin,
    Slot,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import OrderPaid, OrderRefunded

PLUGIN = Plugin(
    name="invoices",
    title=_l("Invoices"),
    requires=("orders",),
    settings=InvoiceSettings,
    lane=Lane.MONEY,
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("order.sections", "invoices/order_section.html", _papers, order=30)
    yield Slot("order.mail.text", "invoices/mail.txt", _papers, order=30)
    yield Slot("order.mail.html", "invoices/mail.html", _papers, order=30)


def _papers(order: OrderView) -> Mapping[str, Any] | None:
    papers = services.papers_as_data(order_by_id_or_404(order.id))
    return {"papers": papers} if papers else None


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("invoices.see", _l("See invoices"), frozenset({"bookkeeper"}))


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="invoices",
        label=_l("Invoices"),
        group="sell",
        permission="invoices.see",
        blueprint=admin.bp,
        order=15,
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("invoices.issue", OrderPaid, services.invoice_paid)
    yield Subscriber("invoices.credit", OrderRefunded, services.credit_refunded)


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData(
        "invoices", _l("Invoices (the law requires us to keep them)"), _export, _keep
    )


def _export(email: str) -> Sequence[Mapping[str, Any]]:
    return [
        {"number": paper.number, "issued": paper.issued_at.isoformat(), "paper": paper.paper}
        for paper in queries.papers_of_email(email)
    ]


def _keep(_email: str) -> None:
    """Nothing is erased: the law makes a seller keep invoices as they were issued, for years."""
