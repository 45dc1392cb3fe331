"""Products and orders for a plugin's tests, made as people make them: facts are published."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shop.blueprints.catalog import services as catalog
from shop.blueprints.catalog.models import Product
from shop.blueprints.catalog.services import ProductText, VariantTerms
from shop.blueprints.orders import services as orders
from shop.blueprints.orders.drafts import LineDraft, OrderDraft
from shop.blueprints.orders.states import OrderState
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.terms.read_models import OrderView, ProductView
from shop.plugins.verbs.looking_up import order as order_of
from shop.plugins.verbs.looking_up import product

_numbers = count(1)


@pytest.fixture
def for_sale(site: Flask) -> Callable[..., ProductView]:
    """Puts a product with one variant on sale, such as `for_sale(price_minor=1400, stock=3)`. It is a download, or with
    `is_digital=False` something that is shipped.
    """

    def put(
        *, price_minor: int = 1400, stock: int | None = None, is_digital: bool = True
    ) -> ProductView:
        with unit_of_work():
            title = f"Guide {next(_numbers)}"
            made = catalog.write_product(ProductText(title=title, currency="EUR"))
            terms = VariantTerms(price_minor=price_minor, is_digital=is_digital)
            variant = catalog.write_variant(made, terms)
            if stock is not None:
                catalog.set_stock(variant, stock)
            catalog.put_on_shelf(made)
            slug = made.slug
        found = product(slug)
        assert found is not None
        return found

    return put


@pytest.fixture
def check_out() -> Callable[..., TestResponse]:
    """Lets a browser buy a product, paying with a provider: `check_out(visitor, product, "my_provider")`; what else is
    typed goes by the names of the fields, such as `email="ben@example.org"`. Returns the answer, which leads on to pay.
    """

    def order(
        browser: FlaskClient, bought: ProductView, provider: str, **typed: Any
    ) -> TestResponse:
        added = browser.post("/cart/items", data={"variant": bought.variants[0].id, "quantity": 1})
        assert added.status_code == 303, added.text
        page = browser.get("/checkout").text
        hidden = dict(re.findall(r'name="(page_key|seen)"[^>]*value="([^"]*)"', page))
        who = {"email": "ruth@example.org", "name": "Ruth Miller", "consent": "y"}
        return browser.post("/checkout", data=who | hidden | {"method": provider} | typed)

    return order


@pytest.fixture
def make_paid_order(site: Flask) -> Callable[..., OrderView]:
    """Buys one of each product and pays: `make_paid_order("ruth@example.org", product)`."""

    def make(email: str, *products: ProductView) -> OrderView:
        with unit_of_work():
            made = orders.place_order(_draft(email, products))
            orders.mark_paid(made, come_from=OrderState.AWAITING_PAYMENT, why="a test")
        found = order_of(made.id)
        assert found is not None
        return found

    return make


def _draft(email: str, products: tuple[ProductView, ...]) -> OrderDraft:
    return OrderDraft(
        lines=[_line(db.session.get_one(Product, each.id)) for each in products],
        email=email,
        name="Ruth Miller",
        account_id=None,
        currency="EUR",
        shipping_minor=0,
        tax_minor=0,
        address=None,
        note="",
        reserved_until=clock.now() + timedelta(minutes=30),
    )


def _line(product: Product) -> LineDraft:
    variant = product.variants[0]
    return LineDraft(
        variant_id=variant.id,
        product_id=product.id,
        title=product.title,
        variant_title=variant.title,
        sku=variant.sku,
        unit_price_minor=variant.price_minor,
        quantity=1,
        is_digital=variant.is_digital,
    )
