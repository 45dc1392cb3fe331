"""An order that was not paid, or came to nothing, ends in one button, a filled cart and an email."""

from __future__ import annotations

from datetime import timedelta

from shop.blueprints.accounts.models import Role
from shop.blueprints.payments.attempts import ending, looking_up
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.plugins.api import PaymentVerdict
from tests.checkout.buying import cart_page, check_out, orders, put_in
from tests.checkout.test_checking_out import reference_of
from tests.factories.accounts import make_account
from tests.factories.orders import first_payment, make_free_order, make_order, make_variant

NOT_PAID = "was not paid"


def expire():
    with unit_of_work():
        for order in orders():
            order.reserved_until = clock.now() - timedelta(days=3)
    ending.close_expired()


def test_a_bank_that_does_not_pay_fills_the_cart_again_and_says_so(
    client,
    only_till,
    run_jobs,
    outbox,
):
    put_in(client, make_variant(title="Nights", stock=1))
    reference = reference_of(check_out(client))
    [order] = orders()
    only_till.verdicts[reference] = PaymentVerdict(reference, "open", is_under_way=True)
    client.get(f"/checkout/return/{order.token}")
    assert "Nights" not in cart_page(client)
    only_till.verdicts[reference] = PaymentVerdict(reference, "failed", reason="no money")
    looking_up.look_up_payment(first_payment(order).id, learned_from="test")
    page = client.get(f"/orders/{order.token}").text
    assert f'action="/checkout/again/{order.token}"' in page
    assert "Try again" in page
    run_jobs()
    [mail] = outbox.messages
    assert NOT_PAID in mail["Subject"]
    assert f"/orders/{order.token}" in mail.get_body(("plain",)).get_content()
    assert "Nights" in cart_page(client)
    answer = client.post(f"/checkout/again/{order.token}")
    assert (answer.status_code, answer.location) == (303, "/checkout")
    assert reference_of(check_out(client)) != reference
    assert len(orders()) == 1, "the same order is paid again"
    expire()
    run_jobs()
    assert len(outbox.messages) == 1, "the buyer is told once"


def test_an_expired_order_can_be_ordered_again_from_any_browser(
    client,
    app,
    only_till,
    run_jobs,
    outbox,
):
    put_in(client, make_variant(title="Nights"), 2)
    gone = make_variant(title="Sold", stock=1)
    put_in(client, gone)
    check_out(client)
    [order] = orders()
    expire()
    with unit_of_work():
        gone.stock_on_hand = 0
    run_jobs()
    assert [NOT_PAID in mail["Subject"] for mail in outbox.messages] == [True]
    visitor = app.test_client()
    assert "Order again" in visitor.get(f"/orders/{order.token}").text
    for _twice in range(2):
        assert visitor.post(f"/checkout/again/{order.token}").location == "/checkout"
    page = visitor.get("/checkout").text
    assert "“Sold” is no longer available and was left out." in page
    assert "2 × €14.00" in page
    assert 'value="ruth@example.org"' in page


def test_an_order_that_staff_cancel_leads_back_to_the_cart(client, only_till, run_jobs, outbox):
    put_in(client, make_variant(title="Nights", stock=1))
    check_out(client)
    [order] = orders()
    ending.close_order(order.id, why="a mistake in the price", by=make_account(Role.OWNER))
    run_jobs()
    [mail] = outbox.messages
    assert mail["Subject"] == f"Your order {order.number} was cancelled"
    for kind in ("plain", "html"):
        assert f"/orders/{order.token}" in mail.get_body((kind,)).get_content()
    page = client.get(f"/orders/{order.token}").text
    assert "We have cancelled it. Nothing was charged." in page
    assert "Order again" in page
    client.post(f"/checkout/again/{order.token}")
    assert "Nights" in cart_page(client)


def test_an_address_hears_of_unpaid_orders_once_a_day(app, run_jobs, outbox):
    for _each in range(3):
        make_order(email="ruth@example.org")
    expire()
    run_jobs()
    assert len(outbox.messages) == 1


def test_a_paid_order_is_not_ordered_again(client, outbox):
    order = make_free_order()
    assert "/checkout/again/" not in client.get(f"/orders/{order.token}").text
    answer = client.post(f"/checkout/again/{order.token}")
    assert answer.location == f"/orders/{order.token}"
    assert "currently empty" in cart_page(client)
