"""What contact contributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.contact import admin, queries, services, views
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    MailKind,
    NavigationItem,
    OrderSituation,
    OrderView,
    Permission,
    PersonalData,
    Plugin,
    Slot,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import MessageReceived

PLUGIN = Plugin(name="contact", title=_l("Contact"))


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def navigation() -> Iterable[NavigationItem]:
    yield NavigationItem("primary", _l("Contact"), "contact.write", order=90)
    yield NavigationItem("footer", _l("Contact"), "contact.write", order=90)


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("order.actions", "contact/about_order.html", _paid_in_vain)


def _paid_in_vain(order: OrderView, situation: OrderSituation) -> Mapping[str, Any] | None:
    """Who paid and gets nothing for now has a person to ask."""
    return {} if order.is_paid and not situation.is_good else None


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("contact.read", _l("Read and close messages"), frozenset({"editor"}))


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="messages",
        label=_l("Messages"),
        group="talk",
        permission="contact.read",
        blueprint=admin.bp,
        count=queries.messages_waiting_query,
        order=20,
    )


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    yield MailKind(
        name="contact-message",
        title=_l("A message from the contact page"),
        subject=_l("{{ message.name }} wrote to {{ site.name }}"),
        reason=_l(
            "You get this email because yours is the owner’s email address in the site’s settings."
        ),
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber(
        "contact.tell_the_owner", MessageReceived, services.tell_the_owner, in_transaction=False
    )


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("messages", _l("Contact messages"), export=_export, erase=services.erase)


def _export(email: str) -> Sequence[Mapping[str, Any]]:
    return [
        {"written": message.created_at.isoformat(), "name": message.name, "message": message.body}
        for message in queries.messages_of(email)
    ]
