"""What orders contribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from click import Command
from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.orders import chains, erasing, mails, queries, services
from shop.blueprints.orders.back_office import pages
from shop.blueprints.orders.buyers import views
from shop.blueprints.orders.exports import cli
from shop.blueprints.orders.exports import pages as export_pages
from shop.blueprints.orders.read_model import READ_MODELS
from shop.core.jobs import Lane
from shop.core.money import to_decimal
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    HealthCheck,
    JobKind,
    MailKind,
    NavigationItem,
    OrderView,
    Permission,
    PersonalData,
    Plugin,
    ReadModel,
    Slot,
    Subscriber,
    Visitor,
    hookimpl,
)
from shop.plugins.api.events import EmailVerified, OrderPaid
from shop.plugins.fields.custom_fields import fields_as_data

PLUGIN = Plugin(
    name="orders", title=_l("Orders"), requires=("accounts", "catalog"), lane=Lane.MONEY
)

LATEST = 3


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def navigation() -> Iterable[NavigationItem]:
    yield NavigationItem("footer", _l("Find an order"), "orders.find", order=70)
    yield NavigationItem("account", _l("Orders"), "orders.mine", order=10)


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("account.sections", "orders/account_section.html", _latest_of, order=10)


def _latest_of(account: Visitor) -> Mapping[str, Any] | None:
    page = queries.orders_of_account(account.id, limit=LATEST)
    return {"page": page} if page.items else None


@hookimpl
def commands() -> Iterable[Command]:
    yield cli.commands


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("orders.manage", _l("See and handle orders"), frozenset())
    yield Permission(
        "orders.export",
        _l("Export orders"),
        frozenset({"bookkeeper"}),
        comes_with=("orders.manage",),
    )


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="orders",
        label=_l("Orders"),
        group="sell",
        permission="orders.manage",
        blueprint=pages.bp,
        count=queries.to_send_query,
        order=10,
        find=pages.find_orders,
    )
    yield AdminSection(
        name="order_exports",
        label=_l("Export orders"),
        group="sell",
        permission="orders.export",
        blueprint=export_pages.bp,
        endpoint="choose_export",
        within="orders",
        proof="enter",
    )


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    ordered = _l("You get this email because you ordered from us with this email address.")
    for name, title, subject in (
        (
            "confirmation",
            _l("An order is paid"),
            _l("Your order {{ order.number }} at {{ site.name }}"),
        ),
        ("note", _l("A note to a buyer"), _l("About your order {{ order.number }}")),
    ):
        yield MailKind(name=f"order-{name}", title=title, subject=subject, reason=ordered)
    yield MailKind(
        name="order-links",
        title=_l("Links to a buyer’s orders"),
        subject=_l("Your orders at {{ site.name }}"),
        reason=_l(
            "You get this email because someone asked on our site for the orders of this email address."
        ),
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("orders.confirm", OrderPaid, mails.mail_confirmation, in_transaction=False)
    yield Subscriber("orders.join_account", EmailVerified, _join, is_at_once=True)


def _join(event: EmailVerified) -> None:
    services.join(event.account_id, event.email)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield erasing.ERASE
    yield mails.SEND_LINKS


@hookimpl
def health_checks() -> Iterable[HealthCheck]:
    yield HealthCheck("orders", chains.check_chains, is_of_data=True)


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("orders", _l("Orders"), export=_export, erase=erasing.erase)


def _export(email: str) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "number": order.number,
            "placed": order.placed_at.isoformat(),
            "state": order.state,
            "name": order.name,
            "address": order.address,
            "note": order.note,
            "gift_note": order.gift_note,
            "answers": fields_as_data(OrderView, order.id),
            "refunded": f"{to_decimal(order.refunded_minor, order.currency)} {order.currency}",
            "notes_from_us": [note.body for note in queries.notes_of(order.id, to_buyer=True)],
            "total": f"{to_decimal(order.total_minor, order.currency)} {order.currency}",
            "lines": [
                f"{line.quantity} × {line.title} {line.variant_title}" for line in order.lines
            ],
        }
        for order in queries.orders_of_email(email)
    ]


@hookimpl
def read_models() -> Iterable[ReadModel]:
    yield from READ_MODELS
