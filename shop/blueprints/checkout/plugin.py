"""What checkout contributes."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.checkout import admin, services, views, watch, webhook_door, webhooks
from shop.blueprints.checkout.settings import CheckoutSettings
from shop.blueprints.orders.events import OrderPaid
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    HealthCheck,
    JobKind,
    Plugin,
    Slot,
    Subscriber,
    hookimpl,
)

PLUGIN = Plugin(
    name="checkout", title="Checkout", requires=("cart", "orders"), settings=CheckoutSettings
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp
    yield webhook_door.bp


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("cart.actions", "checkout/begin.html", dict)


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="payments",
        label=_l("Payments"),
        group="sell",
        permission="orders.manage",
        blueprint=admin.bp,
        order=15,
    )


@hookimpl
def health_checks() -> Iterable[HealthCheck]:
    yield HealthCheck("payment messages", watch.check)


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("checkout.clear_cart", OrderPaid, services.cart_was_paid)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield webhooks.HANDLE
