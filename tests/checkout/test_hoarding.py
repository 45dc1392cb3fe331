"""One visitor who never pays can't keep from others what there is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop.blueprints.cart.settings import CartSettings
from shop.blueprints.checkout.settings import CheckoutSettings
from shop.core import clock, settings
from shop.core.unit_of_work import unit_of_work
from tests import controls
from tests.checkout.buying import cart_page, check_out, orders, put_in
from tests.factories.orders import make_variant
from tests.payments.test_settling import stock_of


@pytest.fixture(autouse=True)
def _strict(app):
    with unit_of_work():
        settings.change(CheckoutSettings, {"unpaid_orders": 1})
        settings.change(CartSettings, {"most_of_variant": 2})


def ordered(app, variant, *, email="ruth@gmail.com", address="192.0.2.1"):
    """A new browser orders, and does not pay."""
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = address
    put_in(browser, variant)
    return browser, check_out(browser, email=email)


def test_hoarding_by_one_mailbox(app):
    """Tags, dots and another network make no other person of anybody."""
    variant = make_variant(stock=9)
    assert ordered(app, variant)[1].status_code == 303
    browser, refused = ordered(app, variant, email="R.uth+2@googlemail.com", address="192.0.2.9")
    assert (refused.status_code, refused.headers.get("Retry-After")) == (429, "600")
    assert "You have several unpaid orders" in refused.text
    assert stock_of(variant) == (9, 1)
    assert check_out(browser, email="honest@example.org").status_code == 303


def test_hoarding_by_one_network(app):
    variant = make_variant(stock=9)
    for number in range(4):
        assert ordered(app, variant, email=f"{number}@example.org")[1].status_code == 303
    assert ordered(app, variant, email="5@example.org")[1].status_code == 429
    elsewhere = ordered(app, variant, email="6@example.org", address="192.0.2.9")
    assert elsewhere[1].status_code == 303


@controls.on_sqlite
@pytest.mark.parametrize("attack", [test_hoarding_by_one_mailbox, test_hoarding_by_one_network])
def test_control_hoarding(app, attack):
    with controls.failing_without("unpaid orders are counted"):
        attack(app)


def test_whoever_pays_or_waits_may_order_again(app, monkeypatch):
    variant = make_variant(stock=9)
    browser, _answer = ordered(app, variant)
    assert check_out(browser, name="Ruth M.").status_code == 303, (
        "the same cart's order is replaced"
    )
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert ordered(app, variant)[1].status_code == 303


def test_of_what_is_counted_one_cart_takes_a_few(client):
    few = make_variant(stock=9)
    answer = client.post("/cart/items", data={"variant": few.id, "quantity": 3})
    assert answer.status_code == 422
    put_in(client, few, 2)
    put_in(client, make_variant(), 9)
    assert orders() == []
    assert "Check out" in cart_page(client)
