"""What checkout contributes."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from shop.blueprints.checkout import services, views, webhook_door, webhooks
from shop.blueprints.checkout.settings import CheckoutSettings
from shop.blueprints.orders.events import OrderPaid
from shop.plugins.api import JobKind, Plugin, Subscriber, hookimpl

PLUGIN = Plugin(
    name="checkout", title="Checkout", requires=("cart", "orders"), settings=CheckoutSettings
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp
    yield webhook_door.bp


@hookimpl
def subscribers() -> Iterable[Subscriber]:
    yield Subscriber("checkout.clear_cart", OrderPaid, services.cart_was_paid)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield webhooks.HANDLE
