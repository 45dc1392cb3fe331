"""A buyer's browser, step by step."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from shop.blueprints.catalog.models import Variant
from shop.blueprints.orders.models import Order
from shop.extensions import db

WHO = {"email": "Ruth@Example.org", "name": "Ruth Miller"}
WHERE = {
    "line1": "4 Quiet Lane",
    "line2": "",
    "postcode": "LS1 4AP",
    "city": "Leeds",
    "country": "GB",
}
IN_GERMANY = WHERE | {"postcode": "53225", "city": "Bonn", "country": "DE"}
IN_NEW_ZEALAND = WHERE | {
    "postcode": "6011",
    "city": "Wellington",
    "country": "NZ",
    "phone": "+64 4 123 4567",
}


def put_in(client: FlaskClient, variant: Variant, quantity: int = 1) -> None:
    """Add to the cart."""
    answer = client.post("/cart/items", data={"variant": variant.id, "quantity": quantity})
    assert answer.status_code == 303, answer.text


def check_out(client: FlaskClient, **values: Any) -> TestResponse:
    """Press the button of the page as it is now."""
    page = client.get("/checkout").text
    hidden = dict(re.findall(r'name="(page_key|seen)"[^>]*value="([^"]*)"', page))
    return client.post("/checkout", data=WHO | {"consent": "y"} | hidden | values)


def orders() -> list[Order]:
    """All of them, as they are now."""
    query = select(Order).order_by(Order.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def cart_page(client: FlaskClient) -> str:
    """What the cart says."""
    return client.get("/cart").text
