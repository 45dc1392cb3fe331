"""What downloads contribute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.downloads import links, services, views
from shop.blueprints.downloads.models import DownloadGrant
from shop.blueprints.downloads.settings import DownloadSettings
from shop.blueprints.orders.events import OrderPaid
from shop.blueprints.orders.models import Order
from shop.plugins.api import NavigationItem, Plugin, Slot, Subscriber, hookimpl

PLUGIN = Plugin(
    name="downloads", title="Downloads", requires=("orders",), settings=DownloadSettings
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def navigation() -> Iterable[NavigationItem]:
    yield NavigationItem("account", _l("Downloads"), "downloads.library", order=20)


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("order.sections", "downloads/order_section.html", _on_page, order=10)
    yield Slot("order.mail.text", "downloads/mail.txt", _in_mail, order=10)
    yield Slot("order.mail.html", "downloads/mail.html", _in_mail, order=10)


def _on_page(order: Order) -> Mapping[str, Any] | None:
    return _shown(order, links.path_of)


def _in_mail(order: Order) -> Mapping[str, Any] | None:
    return _shown(order, links.address_of)


def _shown(order: Order, link: Callable[[DownloadGrant], str]) -> Mapping[str, Any] | None:
    grants = services.grants_of(order) if order.is_paid else []
    return {"order": order, "grants": grants, "link": link} if grants else None


@hookimpl
def subscribers() -> Iterable[Subscriber]:
    yield Subscriber("downloads.deliver", OrderPaid, services.deliver)
