"""No key, no shop: test payments are for this machine alone, or for whoever asks for them by name."""

from __future__ import annotations

import pytest

from shop.blueprints.health.checks import Unwell, all_checks
from shop.blueprints.payments.attempts import starting
from shop.blueprints.payments_stripe.provider import Stripe
from tests import controls
from tests.checkout.buying import cart_page, check_out, orders, put_in
from tests.factories.accounts import make_account, sign_in
from tests.factories.catalog import make_variant
from tests.factories.orders import WAYS_BACK, make_order

ANYWHERE = "http://shop.example"
NOT_YET = "We are not selling yet."
ARE_ON = "Test payments are on"


def paying():
    [check] = [each for each in all_checks() if each.name == "payment"]
    return check.check()


def sells_nothing(client):
    put_in(client, make_variant())
    assert NOT_YET in cart_page(client)
    assert "Check out" not in cart_page(client)
    assert client.get("/checkout").location == "/cart"
    assert check_out(client).status_code == 503
    assert orders() == []


def test_without_a_key_a_public_site_shows_and_sells_nothing(client, boot):
    boot(base_url=ANYWHERE)
    sells_nothing(client)
    with pytest.raises(Unwell, match="Nothing can be sold"):
        paying()


@controls.on_sqlite
def test_control_without_the_guard_a_test_payment_buys(client, boot):
    boot(base_url=ANYWHERE)
    with controls.failing_without("test payments are asked for"):
        sells_nothing(client)


def test_a_test_payment_that_stands_open_is_closed_with_the_setting(client, boot):
    boot(base_url=ANYWHERE, test_payments=True)
    page = starting.start_payment(make_order((make_variant(), 1)).id, Stripe(), WAYS_BACK)
    assert "TEST" in client.get(page).text
    boot(base_url=ANYWHERE, test_payments=False)
    assert client.get(page).status_code == 404
    assert client.post(page, data={"outcome": "succeed"}).status_code == 404
    with pytest.raises(starting.PaymentNotStarted):
        starting.start_payment(make_order((make_variant(), 1)).id, Stripe(), WAYS_BACK)


def test_where_test_payments_are_on_every_page_of_the_admin_says_so(client, boot):
    sign_in(client, make_account("owner"))
    assert ARE_ON in client.get("/admin/products/").text, "on this machine they always are"
    boot(base_url=ANYWHERE)
    assert ARE_ON not in client.get("/admin/products/").text
    boot(base_url=ANYWHERE, test_payments=True)
    assert ARE_ON in client.get("/admin/").text
    with pytest.raises(Unwell, match="SHOP_TEST_PAYMENTS"):
        paying()


def test_what_costs_nothing_is_ordered_without_a_way_to_pay(client, boot):
    boot(base_url=ANYWHERE)
    put_in(client, make_variant(price_minor=0, is_digital=True))
    assert NOT_YET not in cart_page(client)
    assert check_out(client).status_code == 303
    assert [order.is_paid for order in orders()] == [True]
