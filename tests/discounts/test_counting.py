"""A limit holds however many come at once, and a use that came to nothing is free again."""

from __future__ import annotations

from contextlib import suppress

import pytest

from shop.blueprints.cart import services as cart_services
from shop.blueprints.cart.basket import BuyerFacts, basket_of
from shop.blueprints.cart.queries import cart_by_token, cart_now
from shop.blueprints.checkout import ordering
from shop.blueprints.checkout.drafting import Buyer, OrderRequest
from shop.blueprints.discounts import counting
from shop.blueprints.discounts.models import DiscountCode, DiscountUse
from shop.blueprints.orders import erasing
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.states import OrderState
from shop.blueprints.payments.attempts import ending
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api.events import OrderCancelled, OrderPaid
from tests import controls
from tests.checkout.buying import check_out, orders, put_in
from tests.factories.cart import make_cart
from tests.factories.orders import at_once, make_variant, this_app
from tests.factories.prices import make_code


def uses():
    db.session.expire_all()
    return [code.uses for code in db.session.query(DiscountCode).order_by(DiscountCode.id)]


def cart_with(code, *lines):
    cart = make_cart(*lines)
    with unit_of_work():
        cart_services.set_code(cart_by_token(cart.token), code)
    return cart.id


def buy(cart_id, email):
    facts = BuyerFacts(email=email)
    buyer = Buyer(facts, name="Ruth", address=None, note="", account_id=None)
    with this_app().test_request_context():
        basket = basket_of(cart_now(cart_id), facts)
        return ordering.place_basket(basket, OrderRequest(buyer, provider=None))


def race(carts, email_of):
    def go(number):
        return buy(carts[number], email_of(number))

    return at_once(this_app(), len(carts), go)


@pytest.mark.parametrize("buyers", [50])
def test_coupon_race(app, buyers):
    """50 at once for 10 uses: exactly 10 orders, and everybody else is told why."""
    make_code(max_uses=10)
    variant = make_variant()
    carts = [cart_with("SPRING", (variant, 1)) for _ in range(buyers)]
    results = race(carts, lambda number: f"buyer{number}@example.org")
    refused = [each for each in results if isinstance(each, Refused)]
    assert (len(orders()), len(refused), uses()) == (10, buyers - 10, [10])
    assert {each.message for each in refused} == {str(counting.USED_UP)}


@controls.on_sqlite
def test_control_coupon_race(app):
    with controls.failing_without("uses are counted"):
        test_coupon_race(app, buyers=12)


def test_a_customer_who_comes_twice_at_once_is_served_once(app):
    make_code(once_a_customer=True)
    variant = make_variant()
    carts = [cart_with("SPRING", (variant, 1)) for _ in range(6)]
    results = race(carts, lambda number: f"Ruth+{number}@Example.org")
    refused = {each.message for each in results if isinstance(each, Refused)}
    assert (len(orders()), uses(), refused) == (1, [1], {str(counting.ONCE_ONLY)})


def test_a_customer_who_comes_again_is_told_at_the_checkout(client, till):
    make_code(once_a_customer=True, percent=100_000)
    variant = make_variant()
    with pytest.raises(Refused, match="only once"):
        for _ in range(2):
            buy(cart_with("SPRING", (variant, 1)), "ruth@example.org")
    put_in(client, variant)
    client.post("/cart/code", data={"code": "SPRING"})
    answer = check_out(client)
    assert (answer.status_code, len(orders())) == (422, 1)
    assert "works only once" in answer.text


def test_ones_own_last_use_stands_in_nobodys_way(client, till):
    """The last use is counted for this buyer: coming back they still have it, for another cart too."""
    make_code(max_uses=1, once_a_customer=True)
    put_in(client, make_variant(price=1000))
    client.post("/cart/code", data={"code": "SPRING"})
    check_out(client)
    assert "used up" not in client.get("/cart").text
    assert check_out(client).status_code == 303
    put_in(client, make_variant(price=500))
    assert check_out(client).status_code == 303
    assert [order.state for order in orders()] == ["cancelled", "awaiting_payment"]
    assert (orders()[1].discount_minor, uses()) == (150, [1])


def test_a_use_is_given_back_once_and_counted_again_when_the_money_comes_late(
    client, till, outbox, run_jobs
):
    make_code(max_uses=1)
    put_in(client, make_variant())
    client.post("/cart/code", data={"code": "SPRING"})
    check_out(client)
    [order] = orders()
    ending.close_order(order.id, why="not paid in time")
    run_jobs()
    assert uses() == [0]
    with unit_of_work():
        counting.give_use_back(OrderCancelled(order.id))
    assert uses() == [0]
    for _ in range(2):
        with unit_of_work():
            counting.recount_uses(OrderPaid(order.id))
    assert uses() == [1]


def late_payment(order_id):
    with unit_of_work():
        db.session.get_one(Order, order_id).state = OrderState.CANCELLED
        counting.give_use_back(OrderCancelled(order_id))
    with unit_of_work():
        db.session.get_one(Order, order_id).state = OrderState.PAID
        counting.recount_uses(OrderPaid(order_id))


def test_money_that_comes_late_has_used_up_what_is_once_a_customer(client, till):
    make_code(once_a_customer=True)
    variant = make_variant()
    late_payment(buy(cart_with("SPRING", (variant, 1)), "ruth@example.org").order_id)
    with pytest.raises(Refused, match="works only once"):
        buy(cart_with("SPRING", (variant, 1)), "ruth+again@example.org")
    assert uses() == [1]


def test_money_that_comes_late_is_counted_though_the_customer_has_used_the_code_again(client, till):
    make_code(once_a_customer=True)
    variant = make_variant()
    first = buy(cart_with("SPRING", (variant, 1)), "ruth@example.org").order_id
    with unit_of_work():
        db.session.get_one(Order, first).state = OrderState.CANCELLED
        counting.give_use_back(OrderCancelled(first))
    buy(cart_with("SPRING", (variant, 1)), "ruth@example.org")
    late_payment(first)
    assert uses() == [2]


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_one_mailbox_is_one_customer(till, monkeypatch, guarded):
    if not guarded:
        monkeypatch.setattr(counting, "mailbox_of", lambda email: email)
    make_code(once_a_customer=True)
    variant = make_variant()
    served = 0
    for email in ("ruth.miller@gmail.com", "ruthmiller+2@gmail.com", "ruth.miller@googlemail.com"):
        with suppress(Refused):
            buy(cart_with("SPRING", (variant, 1)), email)
            served += 1
    assert served == (1 if guarded else 3)


def test_whose_use_it_was_is_forgotten_with_the_buyer(client, till, run_jobs, outbox):
    make_code(once_a_customer=True)
    order_id = buy(cart_with("SPRING", (make_variant(), 1)), "ruth@example.org").order_id
    ending.close_order(order_id, why="not paid in time")
    with unit_of_work():
        db.session.get_one(Order, order_id).state = OrderState.PAID
        db.session.get_one(DiscountUse, order_id).customer_key = counting.customer_key(
            "ruth@example.org"
        )
        erasing.erase("ruth@example.org")
    run_jobs()
    db.session.expire_all()
    assert db.session.get_one(DiscountUse, order_id).customer_key is None


def test_news_of_a_cancellation_that_comes_after_the_money_gives_nothing_back(client, till):
    make_code(max_uses=1)
    order_id = buy(cart_with("SPRING", (make_variant(), 1)), "ruth@example.org").order_id
    with unit_of_work():
        db.session.get_one(Order, order_id).state = OrderState.PAID
        counting.give_use_back(OrderCancelled(order_id))
    assert uses() == [1]


def test_what_a_cancelled_order_left_is_there_before_its_event_came(client, till):
    """The next buyer does not wait for the job that gives it back."""
    make_code(max_uses=1)
    variant = make_variant()
    first = buy(cart_with("SPRING", (variant, 1)), "ruth@example.org")
    ending.close_order(first.order_id, why="not paid in time")
    put_in(client, variant)
    assert client.post("/cart/code", data={"code": "SPRING"}).status_code == 303
    assert check_out(client).status_code == 303
    assert uses() == [1]
