"""Codes in the cart and at the checkout: what they do, and how they say that they do nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop.blueprints.cart.models import Cart
from shop.blueprints.discounts.models import DiscountKind
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.api import Discount
from tests.checkout.buying import WHERE, check_out, orders, put_in
from tests.factories.cart import DRAWER
from tests.factories.orders import make_variant
from tests.factories.prices import make_code

UNKNOWN = "We don’t know this code."


def enter(client, code, **given):
    return client.post("/cart/code", data={"code": code}, **given)


def kept_codes():
    return [cart.code for cart in db.session.query(Cart).all()]


def test_a_code_holds_from_the_cart_to_the_order(client, till):
    make_code()
    put_in(client, make_variant(price=1999))
    assert enter(client, " spring ").status_code == 303
    for page in (client.get("/cart").text, client.get("/checkout").text):
        assert "−€2.00" in page
        assert "€17.99" in page
    check_out(client)
    [order] = orders()
    assert (order.subtotal_minor, order.discount_minor, order.total_minor) == (1999, 200, 1799)
    assert (order.discount_label, order.lines[0].discount_minor) == ("SPRING (10%)", 200)
    [request] = till.started.values()
    assert (request.amount_minor, request.discount_minor) == (1799, 200)
    assert "−€2.00" in client.get(f"/orders/{order.token}").text


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"is_on": False}, "no longer accepted"),
        ({"starts_at": timedelta(hours=1)}, "is not valid yet"),
        ({"ends_at": timedelta(seconds=-1)}, "has expired"),
        ({"kind": DiscountKind.SHIPPING}, "nothing in your cart needs to be shipped"),
        ({"kind": DiscountKind.AMOUNT, "amount_minor": 5, "currency": "JPY"}, "another currency"),
    ],
)
def test_a_code_that_does_nothing_says_why_and_is_not_kept(client, terms, said):
    moments = {
        name: clock.now() + value if isinstance(value, timedelta) else value
        for name, value in terms.items()
    }
    make_code(**moments)
    put_in(client, make_variant())
    answer = enter(client, "SPRING")
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="SPRING"' in answer.text
    assert kept_codes() == [""]


@pytest.mark.parametrize(
    "typed", ["", "   ", "nonsense", "x" * 5000, "\x00", "a\r\nb", "💥", "‮gnirps", "'; --"]
)
def test_what_is_no_code_is_said_beside_its_field(client, typed):
    put_in(client, make_variant())
    for given in ({}, {"headers": DRAWER}):
        answer = enter(client, typed, **given)
        assert answer.status_code in {400, 422}
    assert kept_codes() == [""]


def test_a_code_is_taken_off(client):
    make_code()
    put_in(client, make_variant())
    enter(client, "SPRING")
    answer = client.post("/cart/code", data={"remove": "code", "code": "SPRING"}, headers=DRAWER)
    assert "The code has been removed." in answer.text
    assert "−€" not in client.get("/checkout").text
    assert kept_codes() == [""]


def test_a_cart_of_somebody_else_takes_no_code(client):
    assert enter(client, "SPRING").status_code == 404


def test_a_note_that_stands_beside_the_code_is_kept(client):
    make_code()
    put_in(client, make_variant())
    client.post("/cart/code", data={"code": "SPRING", "note": "Ring twice"})
    assert "Ring twice" in client.get("/cart").text


def test_a_code_for_some_products_lowers_these_alone(client, till):
    one, other = make_variant(price=1000), make_variant(price=5000)
    make_code(percent=50_000, products=[one.product.slug])
    put_in(client, other)
    assert "does not apply to the items in your cart" in enter(client, "SPRING").text
    put_in(client, one)
    enter(client, "SPRING")
    check_out(client)
    [order] = orders()
    assert [line.discount_minor for line in order.lines] == [0, 500]


def test_an_amount_is_spread_over_the_lines_and_never_goes_below_nothing(client, till, outbox):
    make_code(kind=DiscountKind.AMOUNT, amount_minor=100_000)
    put_in(client, make_variant(price=1000), 2)
    put_in(client, make_variant(price=333))
    enter(client, "SPRING")
    assert "Place order" in client.get("/checkout").text
    check_out(client)
    [order] = orders()
    assert (order.total_minor, order.is_paid, till.started) == (0, True, {})
    assert sum(line.discount_minor for line in order.lines) == order.discount_minor == 2333
    assert kept_codes() == [""]


def test_free_shipping_is_said_and_charged(client, till):
    make_code(kind=DiscountKind.SHIPPING)
    put_in(client, make_variant(price=2000, digital=False))
    enter(client, "SPRING")
    assert "Free shipping" in client.get("/cart").text
    check_out(client, **WHERE)
    assert (orders()[0].shipping_minor, orders()[0].total_minor) == (0, 2000)


def test_a_code_typed_at_the_checkout_is_applied_before_anything_is_paid(client, till):
    make_code()
    put_in(client, make_variant())
    answer = check_out(client, code="spring")
    assert answer.status_code == 200
    assert "Pay €12.60" in answer.text
    assert 'value="Ruth Miller"' in answer.text
    assert orders() == []
    assert UNKNOWN in check_out(client, code="nonsense").text


def test_a_code_that_ended_since_is_said_and_nothing_is_ordered(client, till):
    code = make_code()
    put_in(client, make_variant())
    enter(client, "SPRING")
    page = client.get("/checkout").text
    with unit_of_work():
        db.session.merge(code).ends_at = clock.now() - timedelta(seconds=1)
    seen = page.split('name="seen"')[1].split('value="')[1].split('"')[0]
    answer = check_out(client, seen=seen)
    assert (answer.status_code, orders()) == (422, [])
    assert "This code has expired." in answer.text


class Broken:
    """A rule of a careless plugin."""

    name, takes_codes = "broken", False

    def terms(self, cart):
        raise RuntimeError("a plugin is broken")


class BrokenLater(Broken):
    """One that only fails once something is ordered."""

    def terms(self, cart):
        return [Discount("a gift", percent=1_000)]

    def claim(self, cart, *, order_id):
        raise RuntimeError("a plugin is broken")


@pytest.mark.parametrize("rule", [Broken(), BrokenLater()])
def test_nothing_is_sold_on_an_error_of_a_rule(client, till, monkeypatch, rule):
    monkeypatch.setattr(registry(), "cart_rules", [*registry().cart_rules, rule])
    put_in(client, make_variant())
    assert client.get("/cart").status_code == 200
    answer = check_out(client)
    assert (answer.status_code, orders()) == (422, [])
    assert "We can’t calculate the price at the moment." in answer.text


def test_trying_codes_is_limited(client, limits):
    put_in(client, make_variant())
    answers = [enter(client, f"GUESS{number}").status_code for number in range(21)]
    assert answers == [422] * 20 + [429]
