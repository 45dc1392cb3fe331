"""Whatever became of an order, its page says so to its buyer and has one obvious button."""

from __future__ import annotations

import re

from shop.blueprints.accounts.models import Role
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.states import DisputeStanding
from shop.blueprints.orders.transitions import advance
from shop.blueprints.payments.attempts import ending
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.settlement import settle
from shop.blueprints.shipments.services import send_parcel
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import PaymentVerdict
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article
from tests.factories.orders import make_order, make_payment, make_variant, paid
from tests.factories.refunds import give_back

BUTTON = re.compile(r'class="button[^"]*"[^>]*>(?:<svg.*?</svg>)?([^<]+)<')


def said(client, order):
    """(heading, buttons) of an order's page, before the offer of an account and the sums."""
    page = client.get(f"/orders/{order.token}").text
    main = page[page.index("<main") : page.index('<aside class="summary"')]
    main = main.partition('id="own-account"')[0]
    return re.search("<h1>(.*?)</h1>", main)[1], [each.strip() for each in BUTTON.findall(main)]


def settled(payment, verdict):
    with unit_of_work():
        settle(payment.id, verdict, learned_from="test")


def bank_at_work(order):
    payment = make_payment(order, f"bank-{order.id}")
    with unit_of_work():
        db.session.get(Payment, payment.id).under_way_at = clock.now()
    return payment


def sold(variant, quantity=2):
    order = make_order((variant, quantity))
    payment = make_payment(order, f"paid-{order.id}")
    settled(payment, paid(payment))
    return db.session.get(Order, order.id)


def sent(order, quantity, **how):
    with unit_of_work():
        send_parcel(order, {order.lines[0].id: quantity}, **how)
    return order


def disputed(order, outcome=None):
    with unit_of_work():
        for come_from, to in (
            (DisputeStanding.NONE, DisputeStanding.DISPUTED),
            (DisputeStanding.DISPUTED, outcome),
        ):
            if to:
                advance(order.id, come_from=come_from, to=to, why="test")
    return order


def test_an_order_that_is_not_paid_has_one_button(client, outbox):
    open_ = make_order()
    make_payment(open_)
    declined = make_order()
    settled(make_payment(declined, "no"), PaymentVerdict("no", "failed"))
    waits, failed = make_order(), make_order()
    bank_at_work(waits)
    refused = bank_at_work(failed)
    settled(refused, PaymentVerdict(refused.reference, "failed"))
    expired, called_off = make_order(), make_order()
    ending.close_order(expired.id, why="test")
    ending.close_order(called_off.id, why="test", by=make_account(Role.OWNER))
    assert said(client, make_order()) == ("Not paid yet", ["Pay now"])
    assert said(client, open_) == ("Waiting for your payment", ["Back to your cart"])
    assert said(client, declined) == ("The payment failed", ["Try again"])
    assert said(client, waits) == ("Waiting for your payment", ["Back to the shop"])
    assert said(client, failed) == ("The payment failed", ["Try again"])
    assert said(client, expired) == ("This order was cancelled", ["Order again"])
    assert said(client, called_off) == ("This order was cancelled", ["Order again"])


def test_an_order_that_is_paid_has_one_button_and_shows_the_way_of_its_parcel(client, outbox):
    book = make_variant(digital=False, price=2200)
    thanks, track = "Thank you, Ruth Miller", {"code": "JD01", "url": "https://track.example/1"}
    assert said(client, sold(make_variant(), 1)) == (thanks, ["Download"])
    waiting = sold(book)
    assert said(client, waiting) == (thanks, ["Back to the shop"])
    page = client.get(f"/orders/{waiting.token}").text
    assert "still to come" in page[page.index('class="steps"') :]
    part = said(client, sent(sold(book), 1, **track))
    assert part == ("Part of your order is on its way", ["Track your parcel"])
    arriving = sent(sold(book), 2, **track)
    assert said(client, arriving) == ("Your order is on its way", ["Track your parcel"])
    assert "still to come" not in client.get(f"/orders/{arriving.token}").text
    assert said(client, sent(sold(book), 2))[1] == ["Back to the shop"]
    partly, wholly = sold(book), sold(book)
    give_back(partly, 2200, {partly.lines[0].id: 1})
    give_back(wholly, wholly.total_minor, {wholly.lines[0].id: 2}, shipping_minor=490)
    assert said(client, partly) == (thanks, ["Back to the shop"])
    assert said(client, wholly) == ("Your refund is on its way", ["Back to the shop"])
    asked = disputed(sold(book))
    assert said(client, asked) == ("This order is waiting for your bank", ["Contact us"])
    lost = disputed(sold(book), DisputeStanding.LOST)
    assert said(client, lost) == ("Your bank has taken the money back", ["Contact us"])
    assert 'class="steps"' not in client.get(f"/orders/{lost.token}").text


def test_the_list_of_orders_says_what_was_bought(client):
    account = make_account(email="ruth@example.org")
    guide, book = make_variant(title="Nights"), make_variant(title="Days", digital=False)
    order = make_order((guide, 1), (book, 1), account_id=account.id)
    sign_in(client, account)
    for path in ("/account/", "/account/orders"):
        page = client.get(path).text
        for words in ("Nights and one more", order.number, "€32.90"):
            assert words in page, (path, words)


def test_a_guest_who_paid_is_offered_an_account_by_a_password_alone(client, run_jobs, outbox):
    order = sold(make_variant(), 1)
    make_article(title="On birds")
    page = client.get(f"/orders/{order.token}").text
    assert "On birds" in page
    offer = page[page.index('id="own-account"') :]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', offer))
    assert fields == {"name": "Ruth Miller", "email": "ruth@example.org"}
    password = {"password": "four quiet willow boats"}
    assert client.post("/account/register", data=fields | password).status_code == 303
    run_jobs()
    assert any("/account/confirm/" in mail.as_string() for mail in outbox.messages)
    sign_in(client, make_account())
    assert 'id="own-account"' not in client.get(f"/orders/{order.token}").text
