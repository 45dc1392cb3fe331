"""From a cart to an order that is paid, without JavaScript, whatever goes wrong on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop.blueprints.cart import rules
from shop.blueprints.catalog.models import Variant
from shop.blueprints.orders.models import Order
from shop.blueprints.payments.attempts import ending, starting
from shop.blueprints.payments.models import Payment
from shop.blueprints.shipping.settings import ShippingSettings
from shop.core import clock, settings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.api import PaymentVerdict, Refusal
from tests import controls
from tests.checkout.buying import WHERE, WHO, cart_page, check_out, orders, put_in
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import Till, at_once, make_variant, this_app
from tests.payments.test_settling import stock_of

EMPTY = "Your cart is currently empty."


def reference_of(answer):
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith("https://pay.example/"), answer.location
    return answer.location.rsplit("/", 1)[1]


def test_an_empty_cart_has_nothing_to_check_out(client):
    for answer in (client.get("/checkout"), client.post("/checkout", data=WHO)):
        assert (answer.status_code, answer.location) == (303, "/cart")


def test_a_guide_is_paid_for_and_the_cart_emptied_only_then(client, only_till, outbox, run_jobs):
    put_in(client, make_variant(stock=3))
    reference = reference_of(check_out(client))
    [order] = orders()
    assert (order.state, order.email, order.total_minor) == (
        "awaiting_payment",
        "ruth@example.org",
        1400,
    )
    assert EMPTY not in cart_page(client)
    only_till.take_money(reference)
    back = client.get(f"/checkout/return/{order.token}")
    assert (back.status_code, back.location) == (303, f"/orders/{order.token}")
    assert "cart_count=0" in " ".join(back.headers.getlist("Set-Cookie"))
    assert "Thank you, Ruth Miller" in client.get(back.location).text
    assert EMPTY in cart_page(client)
    run_jobs()
    assert (orders()[0].state, len(outbox.messages)) == ("fulfilled", 1)


def test_the_provider_is_told_what_the_server_worked_out(client, only_till):
    put_in(client, make_variant(price=2000, digital=False, title="Letters"), 2)
    reference = reference_of(check_out(client, **WHERE))
    request, [order] = only_till.started[reference], orders()
    assert (request.amount_minor, request.shipping_minor, request.currency) == (4490, 490, "EUR")
    assert request.lines[0].title == "Letters (Printed)"
    assert request.return_url == f"http://localhost/checkout/return/{order.token}"
    assert request.expires_at == order.reserved_until
    assert order.address["city"] == "Leeds"


def test_a_cart_is_priced_once_to_be_looked_at_and_once_more_to_be_ordered(
    client, only_till, monkeypatch
):
    put_in(client, make_variant())
    priced = []
    price = rules.price
    monkeypatch.setattr(rules, "price", lambda *of: priced.append(of) or price(*of))
    client.get("/checkout")
    assert len(priced) == 1
    client.post("/checkout", data=WHO | {"name": ""})
    assert len(priced) == 2
    reference_of(client.post("/checkout", data=WHO))
    assert len(priced) == 4


def test_price_tamper(client, only_till):
    """Amounts sent by the client are ignored."""
    put_in(client, make_variant(price=9900))
    lies = dict.fromkeys(("total", "total_minor", "amount", "price", "subtotal_minor"), "1")
    reference = reference_of(check_out(client, **lies, state="paid", shipping_minor="-5000"))
    assert only_till.started[reference].amount_minor == 9900
    assert orders()[0].state == "awaiting_payment"


@controls.on_sqlite
def test_control_price_tamper(client, only_till):
    with controls.failing_without("amounts are ours", "only what the buyer saw"):
        test_price_tamper(client, only_till)


def test_currency_tamper(client, only_till):
    put_in(client, make_variant(price=9900))
    reference = reference_of(check_out(client, currency="JPY"))
    assert only_till.started[reference].currency == "EUR"


@controls.on_sqlite
def test_control_currency_tamper(client, only_till):
    with controls.failing_without("amounts are ours", "only what the buyer saw"):
        test_currency_tamper(client, only_till)


def test_mass_assignment(client, only_till):
    """What only we decide can't be sent along."""
    put_in(client, make_variant())
    check_out(client, state="paid", account_id="1", token="mine", number="MINE")
    [order] = orders()
    assert (order.state, order.account_id) == ("awaiting_payment", None)
    assert "mine" not in (order.token, order.number.lower())


def test_shipping_is_free_from_a_sum_and_only_for_parcels(client, only_till):
    with unit_of_work():
        settings.change(ShippingSettings, {"free_from_minor": 3000})
    put_in(client, make_variant(price=2000, digital=False))
    assert "€4.90" in client.get("/checkout").text
    put_in(client, make_variant(price=1000))
    assert "€4.90" not in client.get("/checkout").text
    assert reference_of(check_out(client, **WHERE))
    assert orders()[0].shipping_minor == 0


def test_an_address_is_asked_for_a_parcel_only(client, only_till):
    put_in(client, make_variant())
    assert 'name="line1"' not in client.get("/checkout").text
    put_in(client, make_variant(digital=False))
    assert 'name="line1"' in client.get("/checkout").text
    assert check_out(client).status_code == 422
    assert orders() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""),
        ("email", "nobody"),
        ("email", "a@b.org\r\nBcc: c@d.org"),
        ("name", ""),
        ("name", "x" * 81),
        ("name", "Ruth\r\nBcc: x@y.org"),
        ("line1", ""),
        ("line1", "x" * 121),
        ("postcode", "x" * 21),
        ("city", "\x00"),
        ("country", ""),
        ("country", "XX"),
        ("country", "🏴"),
        ("note", "x" * 501),
        ("page_key", "x" * 99),
    ],
)
def test_a_bad_field_is_said_and_the_rest_is_kept(client, only_till, field, value):
    put_in(client, make_variant(digital=False))
    answer = check_out(client, **(WHERE | {"city": "Leeds-on-Sea"} | {field: value}))
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    if field != "city":
        assert "Leeds-on-Sea" in answer.text
    assert (orders(), only_till.started) == ([], {})


@pytest.mark.parametrize("name", ["روث ميلر", "露絲", "R🌿th", "O'Brien & <Söhne>", "{{7*7}}"])
def test_names_of_the_whole_world_go_through(client, only_till, name):
    put_in(client, make_variant())
    reference_of(check_out(client, name=name))
    assert orders()[0].name == name


def test_pressing_twice_makes_one_order(client, only_till):
    put_in(client, make_variant(stock=5))
    page = {"page_key": "one page", **WHO}
    first, second = (client.post("/checkout", data=page) for _ in range(2))
    assert first.location == second.location
    assert (len(orders()), len(only_till.started)) == (1, 1)


def test_pressing_many_times_at_the_same_moment_makes_one_order(client, only_till):
    variant = make_variant(stock=5)
    put_in(client, variant)
    cookie = client.get_cookie("cart").value
    app = this_app()

    def press(_number):
        browser = app.test_client()
        browser.set_cookie("cart", cookie)
        return browser.post("/checkout", data={"page_key": "one page", **WHO})

    locations = {answer.location for answer in at_once(app, 6, press)}
    assert (len(locations), len(orders())) == (1, 1)
    assert stock_of(variant) == (5, 1)


class SlowTill(Till):
    """While it opens the first payment, `meanwhile` happens."""

    def start(self, payment):
        if not self.started:
            self.started["first"] = payment
            self.meanwhile()
        return super().start(payment)


@pytest.mark.parametrize("is_away", [False, True])
def test_pressing_again_while_the_provider_opens_the_payment_does_not_fail_it(
    client, app, monkeypatch, is_away
):
    """The first press goes on to pay, whatever the second one meets."""
    slow = SlowTill()
    monkeypatch.setattr(registry(), "payment_providers", [slow])
    monkeypatch.setattr(starting, "PATIENCE_SECONDS", 0)
    put_in(client, make_variant())
    page = {"page_key": "one page", **WHO}
    second = app.test_client()
    second.set_cookie("cart", client.get_cookie("cart").value)
    answers = []

    def press_again():
        slow.is_away = is_away
        answers.append(second.post("/checkout", data=page))
        slow.is_away = False

    slow.meanwhile = press_again
    reference = reference_of(client.post("/checkout", data=page))
    [answer] = answers
    assert answer.status_code == 409
    assert "is already opening" in answer.text
    [payment] = db.session.query(Payment)
    assert (payment.state, payment.reference) == ("open", reference)
    assert reference_of(client.post("/checkout", data=page)) == reference


def test_a_start_that_died_on_the_way_is_made_again_under_the_same_key(
    client, only_till, monkeypatch
):
    put_in(client, make_variant())

    def dies(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(only_till, "start", dies)
        with pytest.raises(KeyboardInterrupt):
            check_out(client)
    with unit_of_work():
        [payment] = db.session.query(Payment)
        payment.checked_at = clock.now() - timedelta(minutes=2)
        key = payment.idempotency_key
    assert reference_of(check_out(client)) == f"till-{key}"


def test_pressing_again_after_paying_leads_to_the_order(client, only_till):
    put_in(client, make_variant())
    page = {"page_key": "one page", **WHO}
    reference = reference_of(client.post("/checkout", data=page))
    only_till.take_money(reference)
    [order] = orders()
    client.get(f"/checkout/return/{order.token}")
    again = client.post("/checkout", data=page)
    assert (again.status_code, again.location) == (303, f"/orders/{order.token}")
    assert len(orders()) == 1


def test_pressing_again_while_a_bank_is_at_work_leads_to_the_order(client, only_till):
    put_in(client, make_variant())
    page = {"page_key": "one page", **WHO}
    reference = reference_of(client.post("/checkout", data=page))
    only_till.verdicts[reference] = PaymentVerdict(reference, "open", is_under_way=True)
    [order] = orders()
    client.get(f"/checkout/return/{order.token}")
    assert client.post("/checkout", data=page).location == f"/orders/{order.token}"


def test_ones_own_reservation_stands_in_nobodys_way(client, only_till):
    """The last copy is reserved for this buyer: when they come back, they may still have it."""
    variant = make_variant(stock=1)
    put_in(client, variant)
    first = reference_of(check_out(client))
    assert "sold out" not in cart_page(client)
    assert client.get("/checkout").status_code == 200
    assert reference_of(check_out(client)) == first
    assert reference_of(check_out(client, name="Ruth M. Miller")) != first
    assert [order.state for order in orders()] == ["cancelled", "awaiting_payment"]
    assert (stock_of(variant), only_till.ended) == ((1, 1), [first])


def test_an_order_that_another_window_gave_up_first_takes_nothing_out_of_the_cart(
    client, only_till, monkeypatch
):
    put_in(client, make_variant(stock=1))
    first = reference_of(check_out(client))
    close = ending.close_order

    def comes_second(order_id, **given):
        assert close(order_id, **given)
        return close(order_id, **given)

    monkeypatch.setattr(ending, "close_order", comes_second)
    assert reference_of(check_out(client, name="Ruth M. Miller")) != first
    assert EMPTY not in cart_page(client)
    assert [order.state for order in orders()] == ["cancelled", "awaiting_payment"]


def test_coming_back_without_paying_keeps_the_cart_and_frees_the_stock(client, only_till):
    variant = make_variant(stock=1)
    put_in(client, variant)
    reference = reference_of(check_out(client, note="For Ann"))
    [order] = orders()
    back = client.post(f"/checkout/cancelled/{order.token}")
    assert (back.status_code, back.location) == (303, "/cart")
    assert "Nothing was charged, and your cart is still here" in client.get("/cart").text
    assert 'value="ruth@example.org"' in client.get("/checkout").text
    assert (stock_of(variant), only_till.ended) == ((1, 0), [reference])
    assert client.get(f"/checkout/cancelled/{order.token}").location == f"/orders/{order.token}"


def test_a_program_that_opens_the_link_back_changes_nothing(client, only_till):
    variant = make_variant(stock=1)
    put_in(client, variant)
    check_out(client)
    [order] = orders()
    back = f"/checkout/cancelled/{order.token}"
    page = client.get(back)
    assert page.status_code == 200
    assert "Nothing was charged." in page.text
    assert f'<form method="post" action="{back}">' in page.text
    assert [order.state for order in orders()] == ["awaiting_payment"]
    assert (stock_of(variant), only_till.ended) == ((1, 1), [])


def test_coming_back_after_paying_in_another_window_shows_the_order(client, only_till):
    put_in(client, make_variant())
    only_till.take_money(reference_of(check_out(client)))
    [order] = orders()
    assert client.get(f"/checkout/cancelled/{order.token}").location == f"/orders/{order.token}"


@pytest.mark.parametrize("way", ["return", "cancelled"])
def test_coming_back_with_another_amount_charged_is_not_told_that_nothing_was(
    client, only_till, way
):
    put_in(client, make_variant())
    only_till.take_money(reference_of(check_out(client)), amount=100)
    [order] = orders()
    back = client.get(f"/checkout/{way}/{order.token}")
    assert back.location == f"/orders/{order.token}"
    assert "€1.00 was charged instead of €14.00" in client.get(back.location).text


def test_coming_back_while_a_bank_is_at_work_is_not_told_that_nothing_was_charged(
    client, only_till
):
    put_in(client, make_variant())
    reference = reference_of(check_out(client))
    only_till.verdicts[reference] = PaymentVerdict(reference, "open", is_under_way=True)
    [order] = orders()
    assert client.get(f"/checkout/cancelled/{order.token}").location == f"/orders/{order.token}"


def test_a_declined_buyer_tries_again_with_the_same_order(client, only_till):
    put_in(client, make_variant(stock=1))
    first = reference_of(check_out(client))
    [order] = orders()
    only_till.verdicts[first] = PaymentVerdict(first, "failed", reason="declined")
    back = client.get(f"/checkout/return/{order.token}")
    assert back.location == "/checkout"
    assert "The payment failed" in client.get("/checkout").text
    second = reference_of(check_out(client))
    assert (second != first, len(orders())) == (True, 1)
    only_till.take_money(second)
    assert client.get(f"/checkout/return/{order.token}").location == f"/orders/{order.token}"
    assert orders()[0].is_paid


def test_a_provider_that_is_away_says_so_and_what_was_chosen_is_kept(client, only_till):
    variant = make_variant(stock=1)
    put_in(client, variant)
    only_till.is_away = True
    answer = check_out(client)
    assert answer.status_code == 503
    assert "Nothing was charged" in answer.text
    assert "Ruth Miller" in answer.text
    assert stock_of(variant) == (1, 0), "a payment that did not begin keeps nothing from others"
    only_till.is_away = False
    assert reference_of(check_out(client))
    assert (stock_of(variant), len(orders())) == ((1, 1), 1)


def test_where_one_method_fails_the_others_are_offered(client, only_till, monkeypatch):
    other, third = Till(name="other", label="By letter"), Till(name="third", label="By pigeon")
    monkeypatch.setattr(registry(), "payment_providers", [only_till, other, third])
    put_in(client, make_variant())
    assert "At the till" in client.get("/checkout").text
    assert check_out(client).status_code == 422  # nothing was chosen
    assert check_out(client, method="bitcoin").status_code == 422
    only_till.is_away = True
    failed = check_out(client, method="till")
    assert failed.status_code == 503
    assert "At the till" not in failed.text
    assert "By letter" in failed.text
    assert reference_of(check_out(client, method="other")).startswith("other-")
    assert len(orders()) == 1


def test_changing_the_method_ends_the_payment_with_the_other(client, only_till, monkeypatch):
    other = Till(name="other", label="By letter")
    monkeypatch.setattr(registry(), "payment_providers", [only_till, other])
    put_in(client, make_variant())
    first = reference_of(check_out(client, method="till"))
    reference_of(check_out(client, method="other"))
    assert (only_till.ended, len(orders())) == ([first], 1)


def test_a_method_that_is_away_with_a_payment_open_keeps_nobody_from_the_others(
    client, only_till, monkeypatch, run_jobs
):
    other = Till(name="other", label="By letter")
    monkeypatch.setattr(registry(), "payment_providers", [only_till, other])
    put_in(client, make_variant())
    first = reference_of(check_out(client, method="till"))
    only_till.is_away = True
    assert reference_of(check_out(client, method="other")).startswith("other-")
    only_till.is_away = False
    run_jobs()
    assert only_till.ended == [first]


def test_without_any_way_to_pay_nothing_is_ordered(client, only_till, monkeypatch):
    monkeypatch.setattr(registry(), "payment_providers", [])
    put_in(client, make_variant())
    assert check_out(client).status_code == 503
    assert orders() == []


def test_what_costs_nothing_needs_no_payment(client, only_till, outbox, run_jobs):
    put_in(client, make_variant(price=0))
    answer = check_out(client)
    [order] = orders()
    assert (answer.location, order.is_paid) == (f"/orders/{order.token}", True)
    assert EMPTY in cart_page(client)
    run_jobs()
    assert (len(outbox.messages), only_till.started) == (1, {})


def test_a_cart_that_changed_since_the_page_was_opened_is_looked_at_again(client, only_till):
    variant = make_variant(price=1000)
    put_in(client, variant)
    page = client.get("/checkout").text
    seen = page.split('name="seen"')[1].split('value="')[1].split('"')[0]
    put_in(client, variant)
    answer = client.post("/checkout", data=WHO | {"seen": seen})
    assert answer.status_code == 422
    assert "Your cart has changed" in answer.text
    assert "Pay €20.00" in answer.text
    assert orders() == []


def test_a_lost_race_says_which_line_and_how_many_remain_and_keeps_the_cart(client, only_till):
    variant = make_variant(stock=3, title="Letters")
    put_in(client, variant, 2)
    page = client.get("/checkout")
    assert page.status_code == 200
    with unit_of_work():
        db.session.get_one(Variant, variant.id).stock_on_hand = 1
    answer = client.post("/checkout", data=WHO)
    assert answer.status_code == 422
    assert "Only one of “Letters” is left" in answer.text
    assert "Letters" in cart_page(client)
    assert (orders(), stock_of(variant)) == ([], (1, 0))
    assert client.get("/checkout").location == "/cart"


def test_last_item_race(app, only_till):
    """Ten buyers, each with the last three copies in the cart: exactly three get one, the rest a clear answer."""
    variant = make_variant(stock=3, title="Letters")
    carts = []
    for _ in range(10):
        browser = app.test_client()
        put_in(browser, variant)
        carts.append(browser.get_cookie("cart").value)
    real_app = this_app()

    def buy(number):
        browser = real_app.test_client()
        browser.set_cookie("cart", carts[number])
        return browser.post("/checkout", data=WHO | {"email": f"buyer{number}@example.org"})

    answers = at_once(real_app, 10, buy)
    assert sorted(answer.status_code for answer in answers) == [303] * 3 + [422] * 7
    assert all("sold out" in answer.text for answer in answers if answer.status_code == 422)
    assert (len(orders()), stock_of(variant)) == (3, (3, 3))


def test_an_order_that_is_not_paid_in_time_is_cancelled_and_the_cart_kept(client, only_till):
    variant = make_variant(stock=1)
    put_in(client, variant)
    reference = reference_of(check_out(client))
    with unit_of_work():
        db.session.get_one(Order, orders()[0].id).reserved_until = clock.now() - timedelta(
            minutes=1
        )
    ending.close_expired()
    assert (orders()[0].state, stock_of(variant)) == ("cancelled", (1, 0))
    assert only_till.ended == [reference]
    assert EMPTY not in cart_page(client)


def test_what_was_added_while_paying_stays_in_the_cart(client, only_till):
    first, second = make_variant(title="First"), make_variant(title="Second")
    put_in(client, first)
    reference = reference_of(check_out(client))
    put_in(client, second)
    only_till.take_money(reference)
    client.get(f"/checkout/return/{orders()[0].token}")
    page = cart_page(client)
    assert "Second" in page
    assert "First" not in page


class Check:
    name = "test"

    def __init__(self, answer):
        self.answer = answer

    def check(self, *, email, total_minor, currency):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Refusal("Not on Sundays."), "Not on Sundays."),
        (RuntimeError("broken"), "We can’t take your order at the moment"),
    ],
)
def test_a_check_that_says_no_or_fails_refuses_politely(
    client, only_till, monkeypatch, answer, words
):
    monkeypatch.setattr(registry(), "checkout_checks", [Check(answer)])
    put_in(client, make_variant())
    refused = check_out(client)
    assert refused.status_code == 422
    assert words in refused.text
    assert orders() == []


def test_a_signed_in_buyer_is_known_and_owns_the_order(client, only_till):
    account = make_account(email="ruth@example.org", name="Ruth of Leeds")
    sign_in(client, account)
    put_in(client, make_variant())
    page = client.get("/checkout").text
    assert 'value="ruth@example.org"' in page
    assert 'value="Ruth of Leeds"' in page
    check_out(client)
    assert orders()[0].account_id == account.id


def test_address_idor(client, app, only_till):
    """What one buyer typed fills nobody else's form."""
    variant = make_variant(digital=False)
    put_in(client, variant)
    check_out(client, **WHERE)
    stranger = app.test_client()
    put_in(stranger, variant)
    page = stranger.get("/checkout").text
    assert "Quiet Lane" not in page
    assert "ruth@example.org" not in page


@controls.on_sqlite
def test_control_address_idor(client, app, only_till):
    with controls.failing_without("only what this cart's buyer typed"):
        test_address_idor(client, app, only_till)


def test_order_idor_by_a_foreign_page_key(client, app, only_till):
    """Naming another buyer's page does not lead to their order."""
    put_in(client, make_variant())
    only_till.take_money(reference_of(client.post("/checkout", data=WHO | {"page_key": "secret"})))
    client.get(f"/checkout/return/{orders()[0].token}")
    stranger = app.test_client()
    put_in(stranger, make_variant())
    answer = stranger.post("/checkout", data=WHO | {"page_key": "secret"})
    assert answer.location.startswith("https://pay.example/")


def test_csrf(client, only_till):
    put_in(client, make_variant())
    answer = client.post("/checkout", data=WHO, headers={"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, orders()) == (403, [])


@controls.on_sqlite
def test_control_csrf(client, only_till):
    with controls.failing_without("cross-site guard"):
        test_csrf(client, only_till)


@pytest.mark.parametrize("path", ["return", "cancelled"])
def test_coming_back_to_an_unknown_order_finds_nothing(client, path):
    assert client.get(f"/checkout/{path}/{'x' * 32}").status_code == 404


def test_card_testing(client, only_till, limits):
    """Many payments for one address, from wherever, and many from one network are limited."""
    put_in(client, make_variant())
    codes = []
    for number in range(8):
        check = check_out(client, name=f"Card {number}")
        codes.append(check.status_code)
    assert codes == [303] * 6 + [429] * 2
    assert "Retry-After" in check.headers
    others = [
        check_out(client, email=f"card{number}@example.org").status_code for number in range(6)
    ]
    assert others == [303] * 4 + [429] * 2
    assert db.session.query(Payment).count() == 10


@controls.on_sqlite
def test_control_card_testing(client, only_till, limits):
    with controls.failing_without("limits"):
        test_card_testing(client, only_till, limits)


def test_mistakes_in_the_form_do_not_count_as_payments(client, only_till, limits):
    put_in(client, make_variant())
    for _ in range(12):
        assert check_out(client, name="").status_code == 422
    assert check_out(client).status_code == 303
