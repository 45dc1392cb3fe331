"""An order is opened by its token alone, says where things stand, and is found again by mail."""

from __future__ import annotations

import re

import pytest

from shop.blueprints.orders import erasing, fulfilment, numbers, services
from shop.blueprints.orders.models import Order
from shop.core.events import publish
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import PaymentVerdict
from shop.plugins.api.events import EmailVerified
from tests import controls
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import (
    make_free_order,
    make_order,
    make_payment,
    make_variant,
    paid,
)
from tests.payments.test_settling import cancelled, settled


def page_of(client, order):
    return client.get(f"/orders/{order.token}")


def test_a_waiting_order_says_so_and_looks_again_by_itself(client):
    order = make_order()
    make_payment(order)
    text = page_of(client, order).text
    assert "Waiting for your payment" in text
    assert '<noscript><meta http-equiv="refresh"' in text
    assert f'href="/orders/{order.token}">Check again' in text


def test_a_paid_order_thanks_and_does_not_refresh(client):
    text = page_of(client, make_free_order()).text
    assert "Thank you, Ruth Miller" in text
    assert "refresh" not in text


def test_a_declined_order_leads_back_to_the_cart(client):
    order = make_order()
    settled(make_payment(order).id, PaymentVerdict("ref-1", "failed"))
    text = page_of(client, order).text
    assert "The payment failed" in text
    assert "Try again" in text
    assert "refresh" not in text


def test_money_of_another_amount_that_goes_back_is_not_called_late(client, till, run_jobs, outbox):
    order = make_order()
    payment = make_payment(order)
    till.verdicts["ref-1"] = PaymentVerdict("ref-1", "paid", 100, "EUR")
    settled(payment.id, till.verdicts["ref-1"])
    text = page_of(client, order).text
    assert "€1.00 was charged instead of €14.00. We are refunding it" in text
    assert "Try again" in text  # the order can still be paid
    run_jobs()
    assert "€1.00 was charged instead of €14.00. We have refunded it" in page_of(client, order).text
    make_payment(order, "ref-2")
    assert "Waiting for your payment" in page_of(client, order).text


def test_money_that_came_too_late_is_said_to_have(client, run_jobs, till, outbox):
    variant = make_variant(stock=1)
    order = make_order((variant, 1))
    payment = make_payment(order)
    cancelled(order)
    make_order((variant, 1), email="other@example.org")
    settled(payment.id, paid(payment))
    text = page_of(client, order).text
    assert "the items were sold out. We are refunding it" in text
    assert "Try again" not in text
    assert "Order again" not in text, "nothing of it can be had"
    assert "Back to the shop" in text


def test_a_waiting_page_learns_the_state_without_the_page(client):
    order = make_order()
    payment = make_payment(order)
    look = lambda: client.get(f"/orders/{order.token}", headers={"X-Fragment": "state"}).text  # noqa: E731
    before = look()
    settled(payment.id, paid(payment))
    assert (before, look()) == ("awaiting_payment-open", "paid-paid")


def test_it_shows_lines_sums_address_and_note_as_they_were_ordered(client):
    guide, book = make_variant(price=1400, title="Nights"), make_variant(price=2000, digital=False)
    order = make_order((guide, 1), (book, 2), note="Ring <twice>")
    with unit_of_work():
        guide.product.title, guide.price_minor = "Changed", 1
    text = page_of(client, order).text
    for words in (
        "Nights",
        "€14.00",
        "€40.00",
        "€4.90",
        "€58.90",
        "4 Quiet Lane",
        "United Kingdom",
    ):
        assert words in text
    assert "Ring &lt;twice&gt;" in text
    assert "Changed" not in text


def test_nobody_else_learns_an_orders_address(client):
    answer = page_of(client, make_order())
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("guess", ["1", "{number}", "{id}", "x" * 32, "%F0%9F%93%9A", "../admin"])
def test_order_idor(client, guess):
    """An order is opened by its token; number, id and guesses find nothing, signed in or not."""
    order = make_order()
    path = "/orders/" + guess.format(number=order.number, id=order.id)
    assert client.get(path).status_code == 404
    sign_in(client, make_account(email="stranger@example.org"))
    assert client.get(path).status_code == 404
    assert order.number not in client.get("/account/orders").text


@controls.on_sqlite
def test_control_order_idor(client):
    with controls.failing_without("only the token of an order"):
        test_order_idor(client, "{number}")


def test_numbers_are_random_and_hard_to_mistake():
    made = {numbers.random_number() for _ in range(500)}
    assert len(made) == 500
    assert all(re.fullmatch(r"[34679A-Z]{4}-[34679A-Z]{4}", number) for number in made)
    assert not set("".join(made)) & set("01258BILOSUVZ")
    assert numbers.as_typed(" k7rd 94qm ") == "K7RD-94QM"


def test_a_buyers_own_orders_are_listed(client):
    account = make_account(email="ruth@example.org")
    order = make_order(account_id=account.id)
    sign_in(client, account)
    assert order.number in client.get("/account/orders").text
    assert order.number in client.get("/account/").text


def test_the_list_of_orders_is_for_members(client):
    answer = client.get("/account/orders")
    assert answer.status_code == 303
    assert answer.location.startswith("/account/sign-in")


def test_guest_orders_join_the_account_that_verifies_their_address_at_once(app):
    mine, other = make_order(email="Ruth@Example.org"), make_order(email="else@example.org")
    account = make_account(email="ruth@example.org")
    with unit_of_work():
        publish(EmailVerified(account.id, "ruth@example.org"))
    found = {order.id: order.account_id for order in db.session.query(Order)}
    assert found == {mine.id: account.id, other.id: None}


def test_what_could_not_join_at_once_joins_later_and_the_address_is_verified(
    app, run_jobs, monkeypatch
):
    order = make_order(email="ruth@example.org")
    account = make_account(email="ruth@example.org")

    def fails(*_given):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(services, "join", fails)
        with unit_of_work():
            publish(EmailVerified(account.id, "ruth@example.org"))
    assert db.session.get(Order, order.id, populate_existing=True).account_id is None
    run_jobs()
    assert db.session.get(Order, order.id, populate_existing=True).account_id == account.id


def test_a_guest_order_with_a_verified_address_belongs_to_its_account_at_once(app):
    verified = make_account(email="ruth@example.org")
    make_account(email="claimed@example.org", verified=False)
    assert make_order(email="RUTH@example.org").account_id == verified.id
    assert make_order(email="claimed@example.org").account_id is None


def test_the_confirmation_has_the_way_to_the_order_in_both_parts(app, outbox, run_jobs):
    order = make_free_order()
    run_jobs()
    [mail] = outbox.messages
    assert mail["To"] == "ruth@example.org"
    assert order.number in mail["Subject"]
    for kind in ("plain", "html"):
        assert f"http://localhost/orders/{order.token}" in mail.get_body((kind,)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert re.search(r'class="button" href="[^"]*/downloads/', html), "a download's mail downloads"
    assert re.search(rf"nowrap[^>]*>{order.number}<", html), "the number stays in one line"


def test_placeholders_in_what_a_buyer_writes_stay_as_they_are(app, outbox, run_jobs):
    """mail_placeholder"""
    make_free_order(name="{{7*7}} {x.__class__} <b>")
    run_jobs()
    mail = outbox.messages[0]
    assert "{{7*7}} {x.__class__} <b>" in mail.get_body(("plain",)).get_content()
    assert "{{7*7}} {x.__class__} &lt;b&gt;" in mail.get_body(("html",)).get_content()


def ask_for_links(client, email):
    return client.post("/orders/", data={"email": email})


def test_the_links_of_past_orders_are_mailed_to_their_own_address_only(client, outbox, run_jobs):
    order = make_free_order()
    make_order(email="ruth@example.org")
    run_jobs()
    outbox.messages.clear()
    answer = ask_for_links(client, "RUTH@example.org")
    assert (answer.status_code, answer.location) == (303, "/orders/")
    run_jobs()
    [mail] = outbox.messages
    body = mail.get_body(("plain",)).get_content()
    assert mail["To"] == "ruth@example.org"
    assert body.count("/orders/") == 1
    assert order.token in body


def test_enumeration_of_buyers(client, outbox, run_jobs):
    """An address that never ordered gets the same answer, and no mail."""
    make_free_order()
    known, unknown = (
        ask_for_links(client, "ruth@example.org"),
        ask_for_links(client, "no@example.org"),
    )
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    run_jobs()
    assert {mail["To"] for mail in outbox.messages} == {"ruth@example.org"}


def test_list_bombing_with_links(client, outbox, run_jobs):
    """However often somebody asks, one address gets one mail in half an hour."""
    make_free_order()
    run_jobs()
    outbox.messages.clear()
    for _ in range(4):
        ask_for_links(client, "ruth@example.org")
    run_jobs()
    assert len(outbox.messages) == 1


@pytest.mark.parametrize("email", ["", "x", "a@b\r\nBcc: c@d.org", "a" * 400 + "@x.org", "☃@☃"])
def test_a_bad_address_is_said_beside_its_field(client, email):
    answer = ask_for_links(client, email)
    assert answer.status_code == 422
    assert "email-error" in answer.text


def test_what_is_kept_about_a_buyer_is_handed_out_and_forgotten(app):
    from shop.blueprints.orders import plugin

    done, waiting = make_free_order(), make_order((make_variant(digital=False), 1))
    with unit_of_work():
        fulfilment.hand_over_downloads(done, why="delivered")
    assert [order["name"] for order in plugin._export("ruth@example.org")] == ["Ruth Miller"] * 2
    with unit_of_work():
        erasing.erase("Ruth@example.org")
    erased = db.session.get(Order, done.id, populate_existing=True)
    kept = db.session.get(Order, waiting.id, populate_existing=True)
    assert (erased.name, erased.total_minor, "ruth" in erased.email) == ("", 0, False)
    assert kept.address is not None
