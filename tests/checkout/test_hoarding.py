"""One visitor who never pays can't keep from others what there is."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest

from shop.blueprints.cart.basket import BuyerFacts, basket_of
from shop.blueprints.cart.queries import cart_now
from shop.blueprints.cart.settings import CartSettings
from shop.blueprints.checkout import hoarding, ordering
from shop.blueprints.checkout.drafting import Buyer, OrderRequest
from shop.blueprints.checkout.settings import CheckoutSettings
from shop.core import clock, settings
from shop.core.unit_of_work import unit_of_work
from tests import controls
from tests.checkout.buying import cart_page, check_out, orders, put_in
from tests.factories.accounts import make_account, sign_in
from tests.factories.cart import make_cart
from tests.factories.orders import at_once, make_variant, this_app
from tests.payments.test_settling import stock_of

LATER = 0.15
"""Seconds that each press waits for the other, once it has counted: only without the lock do they meet."""


def rule(**said):
    with unit_of_work():
        settings.change(CheckoutSettings, said)


@pytest.fixture(autouse=True)
def _strict(app):
    rule(unpaid_orders=1)
    with unit_of_work():
        settings.change(CartSettings, {"most_of_variant": 2})


def ordered(app, variant, quantity=1, *, email="ruth@gmail.com", address="192.0.2.1", account=None):
    """A new browser orders, and does not pay."""
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = address
    if account is not None:
        sign_in(browser, account)
    put_in(browser, variant, quantity)
    return browser, check_out(browser, email=email)


def test_hoarding_by_one_mailbox(app):
    """Tags, dots and another network make no other person of anybody."""
    variant = make_variant(stock=9)
    assert ordered(app, variant)[1].status_code == 303
    browser, refused = ordered(app, variant, email="R.uth+2@googlemail.com", address="192.0.2.9")
    assert (refused.status_code, refused.headers.get("Retry-After")) == (429, "600")
    assert "You have several unpaid orders" in refused.text
    assert 'value="Ruth Miller"' in refused.text
    assert stock_of(variant) == (9, 1)
    assert check_out(browser, email="honest@example.org").status_code == 303


def test_hoarding_by_one_network(app):
    variant = make_variant(stock=9)
    for number in range(4):
        assert ordered(app, variant, email=f"{number}@example.org")[1].status_code == 303
    assert ordered(app, variant, email="5@example.org")[1].status_code == 429
    elsewhere = ordered(app, variant, email="6@example.org", address="192.0.2.9")
    assert elsewhere[1].status_code == 303


def test_hoarding_by_the_item(app):
    """Few orders of many items hold as much as many orders; what nobody counts is taken from nobody."""
    rule(unpaid_orders=9, unpaid_items=3)
    variant = make_variant(stock=99)
    assert ordered(app, variant, 2)[1].status_code == 303
    browser, refused = ordered(app, variant, 2)
    assert refused.status_code == 429
    assert ordered(app, variant, 1)[1].status_code == 303
    assert ordered(app, make_variant(), 9)[1].status_code == 303
    for number in range(4):
        assert ordered(app, variant, 2, email=f"{number}@example.org")[1].status_code == 303
    assert ordered(app, variant, 2, email="5@example.org")[1].status_code == 429, "of one network"
    assert stock_of(variant) == (99, 11)
    put_in(browser, make_variant(stock=9), 2)
    whole = check_out(browser, email="honest@example.org")
    assert (whole.status_code, "at most 3 items" in whole.text) == (422, True)


@controls.on_sqlite
@pytest.mark.parametrize(
    "attack",
    [test_hoarding_by_one_mailbox, test_hoarding_by_one_network, test_hoarding_by_the_item],
)
def test_control_hoarding(app, attack):
    with controls.failing_without("unpaid orders are counted"):
        attack(app)


def press(cart, email="ruth@example.org"):
    buyer = Buyer(BuyerFacts(email=email), name="Ruth", address=None, note="", account_id=None)
    with this_app().test_request_context():
        basket = basket_of(cart_now(cart), buyer.facts)
        return ordering.place_basket(basket, OrderRequest(buyer, provider=None))


def test_hoarding_by_two_presses_at_once(app, monkeypatch):
    """Each has counted before the other has reserved, if anything lets them."""
    both, unpaid = Barrier(2), hoarding._unpaid

    def counted(*given):
        found = unpaid(*given)
        with suppress(BrokenBarrierError):
            both.wait(LATER)
        return found

    variant = make_variant(stock=9)
    carts = [make_cart((variant, 1)).id for _each in range(2)]
    monkeypatch.setattr(hoarding, "_unpaid", counted)
    results = at_once(app, 2, lambda number: press(carts[number]))
    assert sorted(type(each).__name__ for each in results) == ["HoldsTooMuch", "Placed"]
    assert (len(orders()), stock_of(variant)) == (1, (9, 1))


@pytest.mark.parametrize(
    ("app", "guard"),
    [
        ("postgresql", "names are locked"),
        ("sqlite", "what is reserved is counted by whoever reserves"),
    ],
    indirect=["app"],
)
def test_control_hoarding_by_two_presses_at_once(app, monkeypatch, guard):
    with controls.failing_without(guard):
        test_hoarding_by_two_presses_at_once(app, monkeypatch)


def test_the_more_of_a_stock_is_held_the_sooner_it_comes_back(app):
    rule(unpaid_orders=9)
    variant = make_variant(stock=4)
    for number in range(2):
        ordered(app, variant, 2, email=f"{number}@example.org")
    ordered(app, make_variant(), email="3@example.org")
    kept = [order.reserved_until - order.placed_at for order in orders()]
    assert [round(each.total_seconds() / 60) for each in kept] == [45, 30, 60]


def test_whoever_pays_or_waits_may_order_again(app, monkeypatch):
    variant = make_variant(stock=9)
    browser, _answer = ordered(app, variant)
    assert check_out(browser, name="Ruth M.").status_code == 303, (
        "the same cart's order is replaced"
    )
    later = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert ordered(app, variant)[1].status_code == 303


def test_whoever_is_signed_in_is_not_hindered_by_an_older_order_of_their_own(app):
    ruth, variant = make_account(email="ruth@gmail.com"), make_variant(stock=2)
    ordered(app, variant, account=ruth)
    assert ordered(app, variant)[1].status_code == 429, "an address alone gives up nobody's order"
    browser = app.test_client()
    sign_in(browser, ruth)
    put_in(browser, variant)
    [older] = orders()
    assert f"You have not paid order {older.number} yet" in cart_page(browser)
    again = check_out(browser, email="ruth@gmail.com")
    assert again.status_code == 303, "one unpaid order is the most"
    assert [order.state for order in orders()] == ["cancelled", "awaiting_payment"]
    assert stock_of(variant) == (2, 1)


def test_of_what_is_counted_one_cart_takes_a_few(client):
    few = make_variant(stock=9)
    answer = client.post("/cart/items", data={"variant": few.id, "quantity": 3})
    assert answer.status_code == 422
    put_in(client, few, 2)
    put_in(client, make_variant(), 9)
    assert orders() == []
    assert "Check out" in cart_page(client)
