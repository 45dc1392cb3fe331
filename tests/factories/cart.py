"""Carts for tests, and a visitor's browser that fills one."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from shop.blueprints.cart import adding, services
from shop.blueprints.cart.models import Cart, CartItem
from shop.blueprints.catalog.models import Variant
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

DRAWER = {"X-Fragment": "drawer"}


def make_cart(*lines: tuple[Variant, int]) -> Cart:
    """A stored cart."""
    with unit_of_work():
        cart = services.start_cart()
        for variant, quantity in lines:
            adding.add_item(cart.link_key, variant.id, quantity)
    return cart


def give(client: FlaskClient, cart: Cart) -> FlaskClient:
    """Let a browser hold a cart."""
    client.set_cookie("cart", cart.token)
    return client


def add(
    client: FlaskClient, variant: Variant | int, quantity: Any = 1, **given: Any
) -> TestResponse:
    """Press "Add to cart"."""
    number = variant if isinstance(variant, int) else variant.id
    return client.post("/cart/items", data={"variant": number, "quantity": quantity}, **given)


def change(client: FlaskClient, item: CartItem, quantity: Any, **given: Any) -> TestResponse:
    """Set the quantity of a line."""
    return client.post(f"/cart/items/{item.id}", data={"quantity": quantity}, **given)


def items() -> list[CartItem]:
    """Every line of every cart, as it is now."""
    query = select(CartItem).order_by(CartItem.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def quantities() -> list[int]:
    """How many lie in each line of every cart."""
    return [item.quantity for item in items()]
