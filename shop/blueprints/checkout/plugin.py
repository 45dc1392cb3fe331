"""What checkout contributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.checkout import agreements, badge, queries, services, views
from shop.blueprints.checkout.ordering import is_selling
from shop.blueprints.checkout.settings import CheckoutSettings
from shop.core.jobs import Lane
from shop.plugins.api import (
    AnySubscriber,
    BasketView,
    OrderExtension,
    OrderSituation,
    OrderView,
    Plugin,
    Slot,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import BankDidNotPay, OrderPaid

PLUGIN = Plugin(
    name="checkout",
    title=_l("Checkout"),
    requires=("cart", "orders", "payments"),
    settings=CheckoutSettings,
    lane=Lane.MONEY,
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def order_extensions() -> Iterable[OrderExtension]:
    yield OrderExtension(name="checkout", answer=badge.mend)


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("cart.actions", "checkout/begin.html", _ways_on)
    yield Slot("order.mail.text", "checkout/agreed.txt", agreements.of_order, order=20)
    yield Slot("order.mail.html", "checkout/agreed.html", agreements.of_order, order=20)
    yield Slot("order.actions", "checkout/order_again.html", _way_on)


def _way_on(order: OrderView, situation: OrderSituation) -> Mapping[str, Any] | None:
    """The one button of an order that is not paid, or came to nothing and can be had once more."""
    if not situation.may_pay and not (situation.may_order_again and queries.is_any_for_sale(order)):
        return None
    return {"order": order, "situation": situation}


def _ways_on(basket: BasketView) -> Mapping[str, Any]:
    account = current_account()
    older = queries.older_unpaid_order(account.id, cart_id=basket.cart_id) if account else None
    return {"is_selling": is_selling(basket.total_minor), "older": older}


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("checkout.clear_cart", OrderPaid, services.cart_was_paid)
    yield Subscriber("checkout.refill_cart", BankDidNotPay, services.bank_did_not_pay)
