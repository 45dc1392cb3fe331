"""A buyer at the stand-in's pay page: everything in front of it is the code that talks to Stripe."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from shop.blueprints.catalog.jobs import release_expired
from shop.blueprints.catalog.models import Variant
from shop.blueprints.payments.attempts import ending, looking_up
from shop.blueprints.payments.webhooks.models import WebhookEvent
from shop.blueprints.payments_stripe.standin import bank
from shop.core import clock
from shop.extensions import db
from tests import controls
from tests.checkout.buying import WHO, cart_page, check_out, orders, put_in
from tests.factories.orders import at_once, first_payment, make_variant, payments_of, this_app
from tests.factories.stripe import ON_ONE_DATABASE, begin, choose
from tests.payments.test_settling import stock_of

EMPTY = "Your cart is currently empty."


def times_paid(order):
    return len([step for step in order.transitions if step.to_state == "paid"])


def later(monkeypatch, **much):
    now = clock.now() + timedelta(**much)
    monkeypatch.setattr(clock, "now", lambda: now)


def test_the_page_plainly_says_test_and_the_amount(client):
    page = client.get(begin(client))
    assert "TEST" in page.text
    assert "no money moves" in page.text
    assert "€14.00" in page.text
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "stripe.com" not in page.headers["Content-Security-Policy"]


def test_success_pays_on_return_and_the_webhook_that_follows_changes_nothing(
    client, outbox, run_jobs
):
    back = choose(client, begin(client), "succeed")
    [order] = orders()
    assert back.location == f"/orders/{order.token}"
    assert order.is_paid
    run_jobs()
    assert (len(outbox.messages), orders()[0].state, times_paid(orders()[0])) == (1, "fulfilled", 1)


def test_success_is_heard_of_though_the_buyer_never_returns(client, outbox, run_jobs):
    client.post(begin(client), data={"outcome": "succeed"})
    run_jobs()
    assert orders()[0].state == "fulfilled"
    assert first_payment(orders()[0]).learned_from == "webhook"


@pytest.mark.parametrize("delivery", ["thrice", "reversed", "never"])
def test_webhooks_that_come_often_late_or_never_have_one_effect(
    client, outbox, run_jobs, monkeypatch, delivery
):
    """The return page is never opened; what no webhook tells, the reconciler finds and says so."""
    page = begin(client)
    client.post(page, data={"outcome": "slow", "webhooks": delivery})
    for seconds in (12, 60, 150):
        later(monkeypatch, seconds=seconds)
        run_jobs()
        looking_up.reconcile()
        run_jobs()
    [order] = orders()
    source = "look-up" if delivery == "never" else "webhook"
    assert (order.state, times_paid(order)) == ("fulfilled", 1)
    assert (first_payment(order).learned_from, len(outbox.messages)) == (source, 1)
    told = db.session.scalars(select(WebhookEvent.kind).order_by(WebhookEvent.id)).all()
    names = [f"checkout.session.{name}" for name in ("completed", "async_payment_succeeded")]
    assert told == {"never": [], "thrice": names, "reversed": names[::-1]}[delivery]


@controls.on_sqlite
def test_control_webhooks_that_never_come(client, outbox, run_jobs, monkeypatch):
    with controls.failing_without("open payments are looked up"):
        test_webhooks_that_come_often_late_or_never_have_one_effect(
            client, outbox, run_jobs, monkeypatch, "never"
        )


def test_webhook_return_and_reconciler_at_the_same_moment_pay_once(
    client, outbox, run_jobs, monkeypatch
):
    client.post(begin(client), data={"outcome": "succeed", "webhooks": "thrice"})
    token, app = orders()[0].token, this_app()
    later(monkeypatch, minutes=3)

    def race(number):
        from shop.core.jobs import running

        ways = (
            lambda: app.test_client().get(f"/checkout/return/{token}").status_code,
            lambda: running.run_due(limit=50),
            looking_up.reconcile,
        )
        return ways[number % 3]()

    results = at_once(app, 6, race)
    assert not [each for each in results if isinstance(each, Exception)]
    run_jobs()
    assert (times_paid(orders()[0]), len(outbox.messages)) == (1, 1)


def test_who_is_declined_tries_again_on_the_same_page(client, outbox, run_jobs):
    page = begin(client)
    assert client.post(page, data={"outcome": "decline"}).location == page
    assert "Your card was declined." in client.get(page).text
    run_jobs()
    [order] = orders()
    assert (order.state, first_payment(order).state) == ("awaiting_payment", "open")
    assert first_payment(order).declines == 1
    choose(client, page, "succeed")
    assert [order.is_paid for order in orders()] == [True]


@pytest.mark.parametrize(("answer", "is_paid"), [("confirm", True), ("refuse", False)])
def test_the_bank_asks_and_decides(client, outbox, answer, is_paid):
    page = begin(client)
    client.post(page, data={"outcome": "three_d_secure"})
    assert "3-D Secure" in client.get(page).text
    client.get(f"/checkout/return/{orders()[0].token}")
    assert not orders()[0].is_paid
    choose(client, page, answer)
    client.get(f"/checkout/return/{orders()[0].token}")
    assert orders()[0].is_paid is is_paid


def test_an_expired_payment_leads_back_to_the_checkout(client, run_jobs):
    assert choose(client, begin(client), "expire").location == "/checkout"
    run_jobs()
    assert first_payment(orders()[0]).state == "expired"


def test_a_slow_bank_is_waited_for_with_its_stock_however_long_it_takes(
    client, outbox, run_jobs, monkeypatch
):
    page = begin(client)
    back = choose(client, page, "slow", webhooks="never")
    assert "Waiting for your payment" in client.get(back.location).text
    assert EMPTY in cart_page(client)  # the buyer has done everything
    later(monkeypatch, hours=2)
    ending.close_expired()
    assert not ending.close_order(orders()[0].id, why="test", insist=True)
    release_expired()
    assert orders()[0].is_awaiting_payment
    assert orders()[0].reserved_until > clock.now()
    assert stock_of(db.session.get(Variant, orders()[0].lines[0].variant_id)) == (5, 1)
    run_jobs()
    later(monkeypatch, hours=2)
    looking_up.reconcile()
    assert orders()[0].is_paid


def test_a_slow_bank_may_refuse(client, run_jobs, monkeypatch, outbox):
    choose(client, begin(client), "slow_failure")
    later(monkeypatch, seconds=11)
    run_jobs()
    [order] = orders()
    assert (order.state, first_payment(order).state) == ("awaiting_payment", "failed")
    assert first_payment(order).reason == bank.SLOW_BANK_REFUSED["message"]
    assert [mail["Subject"] for mail in outbox.messages] == [
        f"Your order {order.number} was not paid"
    ]


def test_ordering_more_while_a_bank_is_at_work_pays_nothing_twice(client, run_jobs):
    """The first order stays, its goods leave the cart, and what was added is ordered by itself."""
    page = begin(client)
    client.post(page, data={"outcome": "slow"})
    run_jobs()
    again = check_out(client)
    assert again.location == f"/orders/{orders()[0].token}"
    put_in(client, make_variant(title="Another"))
    assert check_out(client).status_code == 422
    assert "Another" in cart_page(client)
    assert check_out(client).location.startswith("/payments/test/")
    first, second = orders()
    assert (first.is_awaiting_payment, [line.title for line in second.lines]) == (True, ["Another"])


def test_a_payment_is_decided_once(client, outbox):
    page = begin(client)
    choose(client, page, "expire")
    choose(client, page, "succeed")
    assert not orders()[0].is_paid
    assert "has expired" in client.get(page).text


@ON_ONE_DATABASE
@pytest.mark.parametrize("outcome", ["", "paid", "refund", "x" * 5000])
def test_an_outcome_that_is_not_offered_changes_nothing(client, outcome):
    page = begin(client)
    assert client.post(page, data={"outcome": outcome}).status_code == 422
    assert "Decline the card" in client.get(page).text


@ON_ONE_DATABASE
@pytest.mark.parametrize("path", ["cs_test_standin_guess", "pi_standin_x", "é", "x" * 500])
def test_a_guessed_payment_finds_nothing(client, path):
    for method in (client.get, client.post):
        answer = method(f"/payments/test/{path}", data={"outcome": "succeed"})
        assert answer.status_code == 404


def test_csrf(client):
    page = begin(client)
    answer = client.post(
        page, data={"outcome": "succeed"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


def test_where_people_pay_for_real_nothing_can_be_had_for_nothing(client, boot):
    """The pay page is gone, and a test payment that was begun before pays nothing."""
    page = begin(client)
    reference = first_payment(orders()[0]).reference
    client.post(page, data={"outcome": "succeed"})
    boot(stripe_secret_key="sk_live_x", stripe_webhook_secret="whsec_x")
    assert client.get(page).status_code == 404
    assert client.post(page, data={"outcome": "succeed"}).status_code == 404
    client.get(f"/checkout/return/{orders()[0].token}")
    assert (orders()[0].is_paid, first_payment(orders()[0]).state) == (False, "expired")
    assert reference.startswith("cs_test_standin")


def test_changing_the_cart_ends_the_session_at_stripe(client):
    page = begin(client)
    put_in(client, make_variant(title="Another"))
    assert check_out(client).status_code == 303
    assert [order.state for order in orders()] == ["cancelled", "awaiting_payment"]
    choose(client, page, "succeed")
    assert [order.is_paid for order in orders()] == [False, False]


def test_a_payment_that_could_not_be_ended_is_ended_as_soon_as_stripe_is_back(
    client, run_jobs, monkeypatch
):
    from shop.blueprints.payments_stripe.provider import Stripe

    variant = make_variant(stock=1)
    put_in(client, variant)
    page = check_out(client).location
    away = pytest.MonkeyPatch()
    away.setattr(Stripe, "expire", lambda *_: (_ for _ in ()).throw(ConnectionError("away")))
    assert ending.close_order(orders()[0].id, why="test", insist=True)
    run_jobs()
    assert "Decline the card" in client.get(page).text
    away.undo()
    later(monkeypatch, minutes=1)
    run_jobs()
    assert "has expired" in client.get(page).text
    assert stock_of(variant) == (1, 0)


def test_a_time_out_after_stripe_opened_the_session_charges_nothing_twice(
    client, outbox, run_jobs, monkeypatch
):
    """The answer is lost; a client that may ask again does so under the same key, and there is one session."""
    from stripe import APIConnectionError

    from shop.blueprints.payments_stripe import connection
    from shop.blueprints.payments_stripe.standin.http import StandInHTTPClient
    from shop.blueprints.payments_stripe.standin.models import StandInObject

    answer, lost = StandInHTTPClient.request, []

    def lossy(self, method, url, *args, **kwargs):
        given = answer(self, method, url, *args, **kwargs)
        if url.endswith("/v1/checkout/sessions") and not lost:
            lost.append(url)
            raise APIConnectionError("timed out", should_retry=True)
        return given

    monkeypatch.setattr(StandInHTTPClient, "request", lossy)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    monkeypatch.setattr(connection, "has_request_context", lambda: False)
    choose(client, begin(client), "succeed")
    assert (len(lost), orders()[0].is_paid, len(payments_of(orders()[0]))) == (1, True, 1)
    kinds = db.session.scalars(select(StandInObject.kind).where(StandInObject.kind == "session"))
    assert len(kinds.all()) == 1


def test_a_buyer_whose_payment_did_not_start_in_time_presses_again_and_pays_once(
    client, outbox, monkeypatch
):
    """Nobody has the address of the page that was opened first, so nobody can pay there."""
    from stripe import APIConnectionError

    from shop.blueprints.payments_stripe.standin.http import StandInHTTPClient

    answer, lost = StandInHTTPClient.request, []

    def lossy(self, method, url, *args, **kwargs):
        given = answer(self, method, url, *args, **kwargs)
        if url.endswith("/v1/checkout/sessions") and not lost:
            lost.append(url)
            raise APIConnectionError("timed out", should_retry=True)
        return given

    monkeypatch.setattr(StandInHTTPClient, "request", lossy)
    put_in(client, make_variant())
    assert check_out(client).status_code == 503
    choose(client, client.post("/checkout", data=WHO).location, "succeed")
    assert [payment.state for payment in payments_of(orders()[0])] == ["failed", "paid"]


@controls.on_sqlite
def test_control_a_time_out_after_stripe_opened_the_session(client, outbox, run_jobs, monkeypatch):
    # The test patches what the guard is taken out of: what it changed is put back first.
    with controls.failing_without("one key for one payment"), monkeypatch.context() as inner:
        test_a_time_out_after_stripe_opened_the_session_charges_nothing_twice(
            client, outbox, run_jobs, inner
        )


def test_stripe_that_is_away_says_so_and_keeps_what_was_chosen(client, monkeypatch):
    from stripe import APIConnectionError

    from shop.blueprints.payments_stripe.standin.http import StandInHTTPClient

    def away(*_args, **_kwargs):
        raise APIConnectionError("away")

    put_in(client, make_variant())
    broken = pytest.MonkeyPatch()
    broken.setattr(StandInHTTPClient, "request", away)
    answer = check_out(client)
    assert answer.status_code == 503
    assert "Nothing was charged" in answer.text
    broken.undo()
    assert client.post("/checkout", data=WHO).status_code == 303
    assert [payment.state for payment in payments_of(orders()[0])] == ["failed", "open"]
