"""What discounts contribute."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from shop.blueprints.discounts import admin, counting
from shop.blueprints.discounts.rule import DiscountRule
from shop.core.jobs import Lane
from shop.plugins.api import (
    AdminAction,
    AdminSection,
    AnySubscriber,
    CartRule,
    Permission,
    Plugin,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import OrderCancelled, OrderErased, OrderPaid

PLUGIN = Plugin(name="discounts", title=_l("Discounts"), requires=("checkout",), lane=Lane.MONEY)


@hookimpl
def cart_rules() -> Iterable[CartRule]:
    yield DiscountRule()


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("discounts.give_back", OrderCancelled, counting.give_use_back)
    yield Subscriber("discounts.count_again", OrderPaid, counting.recount_uses)
    yield Subscriber("discounts.forget_customer", OrderErased, counting.forget_customer)


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("discounts.manage", _l("Manage discount codes"), frozenset({"editor"}))


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="discounts",
        label=_l("Discounts"),
        group="sell",
        permission="discounts.manage",
        blueprint=admin.bp,
        order=50,
        find=admin.find_codes,
        actions=[AdminAction(_l("New discount code"), "new")],
    )
