"""What checkout contributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.checkout import badge, services, views
from shop.blueprints.checkout.settings import CheckoutSettings
from shop.blueprints.orders.events import OrderPaid
from shop.blueprints.orders.models import Order
from shop.plugins.api import (
    AnySubscriber,
    OrderExtension,
    OrderSituation,
    Plugin,
    Slot,
    Subscriber,
    hookimpl,
)

PLUGIN = Plugin(
    name="checkout",
    title=_l("Checkout"),
    requires=("cart", "orders", "payments"),
    settings=CheckoutSettings,
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def order_extensions() -> Iterable[OrderExtension]:
    yield OrderExtension(name="checkout", answer=badge.mend)


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("cart.actions", "checkout/begin.html", dict)
    yield Slot("order.actions", "checkout/back_to_cart.html", _way_to_pay)


def _way_to_pay(order: Order, situation: OrderSituation) -> Mapping[str, Any] | None:  # noqa: ARG001
    return {"situation": situation} if situation.may_pay else None


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("checkout.clear_cart", OrderPaid, services.cart_was_paid)
