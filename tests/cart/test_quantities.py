"""How many a cart may take: the words and states of the contract, decided on the server."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest

from shop.blueprints.cart.models import MAX_QUANTITY
from shop.blueprints.catalog.stock import reservations
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from tests import controls
from tests.factories.cart import DRAWER, add, change, give, items, make_cart, quantities
from tests.factories.catalog import make_variant

NONE_LEFT = "The max number of items have already been added"
ONE_LEFT = "There is only one item left to add to the cart"
THREE_LEFT = "There are only 3 items left to add to the cart"

REFUSALS = [(5, 6, NONE_LEFT, 0), (4, 2, ONE_LEFT, 1), (2, 4, THREE_LEFT, 3), (5, 1, NONE_LEFT, 0)]


def field_of(page: str) -> str:
    return re.search(r'<input id="quantity" name="quantity"[^>]* value="([^"]*)"', page)[1]


@pytest.mark.parametrize(("held", "asked", "message", "left"), REFUSALS)
def test_what_does_not_fit_is_said_and_nothing_is_added(client, held, asked, message, left):
    variant = make_variant(left=5)
    give(client, make_cart((variant, held)))
    answer = add(client, variant, asked)
    assert answer.status_code == 422
    assert f'class="form-status" role="status">{message}</p>' in answer.text
    assert field_of(answer.text) == str(max(1, left))
    assert quantities() == [held]


@pytest.mark.parametrize(("held", "asked", "message", "left"), REFUSALS)
def test_the_drawer_is_told_the_same(client, held, asked, message, left):
    variant = make_variant(left=5)
    give(client, make_cart((variant, held)))
    answer = add(client, variant, asked, headers=DRAWER)
    assert answer.status_code == 422
    assert unquote(answer.headers["X-Cart-Message"]) == message
    assert answer.headers["X-Cart-Remaining"] == str(left)
    assert f'role="status">{message}</p>' in answer.text
    assert quantities() == [held]


def test_what_fits_exactly_is_added(client):
    variant = make_variant(left=5)
    give(client, make_cart((variant, 2)))
    assert add(client, variant, 3).status_code == 303
    assert quantities() == [5]


def test_all_is_measured_against_what_this_cart_holds_not_others(client):
    variant = make_variant(left=5)
    make_cart((variant, 5))
    assert add(client, variant, 5).status_code == 303
    assert quantities() == [5, 5]


@pytest.mark.parametrize("terms", [{"left": None}, {"left": 1, "may_oversell": True}])
def test_what_is_not_counted_or_may_be_oversold_is_never_limited(client, terms):
    variant = make_variant(**terms)
    assert add(client, variant, 5000).status_code == 303
    assert add(client, variant, 1).status_code == 303
    assert quantities() == [5001]


def test_pieces_reserved_for_a_payment_elsewhere_do_not_remain(client):
    variant = make_variant(left=5)
    with unit_of_work():
        reservations.reserve("another", {variant.id: 4}, until=clock.now() + timedelta(hours=1))
    assert ONE_LEFT in add(client, variant, 2).text
    assert add(client, variant, 1).status_code == 303


def test_the_own_reservation_does_not_stand_in_the_shoppers_way(client):
    variant = make_variant(left=5)
    cart = make_cart((variant, 4))
    give(client, cart)
    with unit_of_work():
        reservations.reserve("own", {variant.id: 4}, until=clock.now() + timedelta(hours=1))
        cart.held_as = "own"
    assert add(client, variant, 1).status_code == 303
    assert "cart-line__message" not in client.get("/cart").text
    assert NONE_LEFT in add(client, variant, 1).text
    assert quantities() == [5]


def test_a_line_raised_beyond_stock_is_lowered_and_says_so(client):
    variant = make_variant(left=5)
    give(client, make_cart((variant, 4)))
    [item] = items()
    answer = change(client, item, 9)
    assert answer.status_code == 422
    assert f'<p class="cart-line__message" role="status">{ONE_LEFT}</p>' in answer.text
    assert quantities() == [5]
    again = change(client, item, 9, headers=DRAWER)
    assert (again.status_code, NONE_LEFT in again.text) == (422, True)
    assert "<html" not in again.text
    assert quantities() == [5]


def test_a_line_may_be_lowered_raised_and_taken_out(client):
    variant = make_variant(left=5)
    give(client, make_cart((variant, 4)))
    [item] = items()
    assert change(client, item, 2).status_code == 303
    assert quantities() == [2]
    answer = change(client, item, 5, headers=DRAWER)
    assert (answer.status_code, quantities()) == (200, [5])
    assert 'data-announcement="Your cart has 5 items, €70.00."' in answer.text
    answer = change(client, item, 0, headers=DRAWER)
    assert (answer.status_code, quantities()) == (200, [])
    assert "Your cart is currently empty." in answer.text


BAD = ["-1", "0", "1e99", "NaN", "१", "", " ", "1.5", "+1", "1_0", "0x10", "9" * 400, "\x00", "２"]
TOO_MANY = [str(MAX_QUANTITY + 1), str(2**31 - 1), str(2**31), str(2**63), str(2**64)]


@pytest.mark.parametrize("drawer", [{}, DRAWER])
def test_quantity_abuse(client, drawer):
    variant = make_variant(left=None)
    for value in BAD + TOO_MANY:
        answer = add(client, variant, value, headers=drawer)
        assert (answer.status_code, "Enter a quantity from 1 to" in answer.text) == (422, True), (
            value
        )
        assert "Set-Cookie" not in answer.headers
    assert items() == []


@controls.on_sqlite
def test_control_quantity_abuse(client):
    """Two guards, one behind the other: what passes the first one is refused by a CHECK of the database."""
    with controls.without("bounds of quantities"):
        answer = add(client, make_variant(left=None), MAX_QUANTITY + 1)
    assert (answer.status_code, items()) == (500, [])


def test_quantity_abuse_of_a_line(client):
    give(client, make_cart((make_variant(left=None), 2)))
    [item] = items()
    for value in [value for value in BAD if value != "0"] + TOO_MANY:
        answer = change(client, item, value)
        assert (answer.status_code, "Enter a quantity from 0 to" in answer.text) == (422, True), (
            value
        )
    assert quantities() == [2]


def test_quantity_abuse_by_sums(client):
    variant = make_variant(left=None)
    assert add(client, variant, MAX_QUANTITY).status_code == 303
    assert add(client, variant, MAX_QUANTITY).status_code == 422
    assert quantities() == [MAX_QUANTITY]


def test_a_missing_quantity_means_one(client):
    variant = make_variant()
    assert client.post("/cart/items", data={"variant": variant.id}).status_code == 303
    assert quantities() == [1]


@pytest.mark.parametrize("drawer", [{}, DRAWER])
def test_a_variant_that_is_none_is_not_found(client, drawer):
    for value in ["", "0", "-1", "999999999", "9" * 40, "x", "\x00", "१"]:
        answer = client.post("/cart/items", data={"variant": value, "quantity": 1}, headers=drawer)
        assert answer.status_code == 404, value
    assert items() == []


def test_a_line_that_is_none_is_not_found(client):
    give(client, make_cart((make_variant(), 1)))
    for number in ["0", "-1", str(2**31), str(2**63), "9" * 40, "x", "%00"]:
        answer = client.post(f"/cart/items/{number}", data={"quantity": 0})
        assert answer.status_code == 404, number
    assert quantities() == [1]


def test_a_page_with_a_refusal_opens_at_it(client):
    variant = make_variant(left=1)
    add(client, variant)
    refused = add(client, variant)
    assert 'tabindex="-1" autofocus class="form-status"' in refused.text
    assert 'autofocus class="form-status"' not in client.get(f"/shop/{variant.product.slug}").text
    code = client.post("/cart/code", data={"code": "NONE"})
    assert re.search(r'<input id="code"[^>]* autofocus', code.text)
