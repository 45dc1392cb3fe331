"""What the cart contributes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.cart import buying, jobs, views
from shop.blueprints.cart.settings import CartSettings
from shop.plugins.api import Periodic, Plugin, Slot, hookimpl

PLUGIN = Plugin(name="cart", title=_l("Cart"), requires=("catalog",), settings=CartSettings)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("header.tools", "_parts/cart_link.html", dict, order=20)
    yield Slot("product.buy", buying.FORM, buying.on_page)
    yield Slot("guide.buy", buying.BUTTON, buying.on_card)
    yield Slot("body.end", "_parts/cart_drawer.html", dict)


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield Periodic("cart.sweep", timedelta(hours=1), jobs.sweep, in_transaction=False)
