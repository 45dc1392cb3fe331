"""The sandbox moves no money, says so, and otherwise behaves like a real provider."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from shop.blueprints.checkout import webhooks
from shop.blueprints.payments_sandbox import bank, signature
from shop.blueprints.payments_sandbox.models import SandboxPayment
from shop.blueprints.payments_sandbox.provider import Sandbox
from shop.core import clock
from shop.core.jobs import Job
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import PaymentRequest, WebhookForged
from tests.checkout.buying import check_out, orders, put_in
from tests.factories.orders import at_once, make_variant, this_app


def request_for(key="key-1", amount=1400):
    return PaymentRequest(
        order_token="token",
        order_number="K7RD-94QM",
        amount_minor=amount,
        currency="EUR",
        email="ruth@example.org",
        lines=(),
        shipping_minor=0,
        tax_minor=0,
        expires_at=clock.now() + timedelta(minutes=30),
        idempotency_key=key,
        return_url="http://localhost/checkout/return/token",
        cancel_url="http://localhost/checkout/cancelled/token",
    )


def begin(client, **values):
    put_in(client, make_variant(stock=5))
    answer = check_out(client, **values)
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith("/payments/sandbox/sandbox_")
    return answer.location


def choose(client, page, outcome):
    answer = client.post(page, data={"outcome": outcome})
    assert answer.status_code == 303
    return client.get(answer.location)


def test_its_page_plainly_says_test_and_the_amount(client):
    page = client.get(begin(client))
    assert "TEST" in page.text
    assert "no money moves" in page.text
    assert "€14.00" in page.text
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_success_pays_on_return_and_the_webhook_that_follows_changes_nothing(
    client, outbox, run_jobs
):
    page = begin(client)
    back = choose(client, page, "succeed")
    [order] = orders()
    assert back.location == f"/orders/{order.token}"
    assert order.is_paid
    run_jobs()
    assert [len(outbox.messages), orders()[0].state] == [1, "fulfilled"]
    assert len([s for s in orders()[0].transitions if s.to_state == "paid"]) == 1


def test_success_is_heard_of_though_the_buyer_never_returns(client, outbox, run_jobs):
    page = begin(client)
    client.post(page, data={"outcome": "succeed"})
    run_jobs()
    assert orders()[0].state == "fulfilled"
    assert orders()[0].payments[0].learned_from == "webhook"


def test_webhook_and_return_at_the_same_moment_pay_once(client, outbox, run_jobs):
    page = begin(client)
    client.post(page, data={"outcome": "succeed"})
    token = orders()[0].token
    app = this_app()

    def race(number):
        from shop.core import jobs

        if number % 2:
            return app.test_client().get(f"/checkout/return/{token}").status_code
        return jobs.run_due(limit=50)

    at_once(app, 6, race)
    run_jobs()
    assert len([s for s in orders()[0].transitions if s.to_state == "paid"]) == 1
    assert len(outbox.messages) == 1


def test_a_decline_leads_back_to_the_checkout(client, run_jobs):
    back = choose(client, begin(client), "decline")
    assert back.location == "/checkout"
    run_jobs()
    [order] = orders()
    assert (order.state, order.payments[0].state) == ("awaiting_payment", "failed")


def test_an_expired_payment_leads_back_to_the_checkout(client, run_jobs):
    assert choose(client, begin(client), "expire").location == "/checkout"
    run_jobs()
    assert orders()[0].payments[0].state == "expired"


def test_a_slow_payment_is_waited_for_and_then_paid(client, outbox, run_jobs, monkeypatch):
    back = choose(client, begin(client), "slow")
    assert "Waiting for your payment" in client.get(back.location).text
    run_jobs()
    assert orders()[0].state == "awaiting_payment"
    later = clock.now() + bank.SLOW
    monkeypatch.setattr(clock, "now", lambda: later)
    run_jobs()
    assert orders()[0].is_paid


def test_a_payment_is_decided_once(client, run_jobs):
    page = begin(client)
    choose(client, page, "decline")
    choose(client, page, "succeed")
    run_jobs()
    assert not orders()[0].is_paid
    assert "was declined" in client.get(page).text


@pytest.mark.parametrize("outcome", ["", "paid", "refund", "x" * 5000])
def test_an_outcome_that_is_not_offered_changes_nothing(client, outcome):
    page = begin(client)
    assert client.post(page, data={"outcome": outcome}).status_code == 422
    assert "Be declined" in client.get(page).text


def test_a_guessed_payment_finds_nothing(client):
    for method in (client.get, client.post):
        assert method("/payments/sandbox/sandbox_guess").status_code == 404


def test_csrf(client):
    page = begin(client)
    answer = client.post(
        page, data={"outcome": "succeed"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


def test_where_people_pay_for_real_nothing_can_be_had_for_nothing(client, app, monkeypatch):
    page = begin(client)
    real = app.config["SHOP"].model_copy(update={"stripe_secret_key": "sk_live_x"})
    monkeypatch.setitem(app.config, "SHOP", real)
    assert client.get(page).status_code == 404
    assert client.post(page, data={"outcome": "succeed"}).status_code == 404
    assert check_out(client, email="new@example.org").status_code == 503


def test_the_same_idempotency_key_opens_one_payment(app):
    first, again = Sandbox().start(request_for()), Sandbox().start(request_for())
    other = Sandbox().start(request_for("key-2"))
    assert first == again != other
    results = at_once(this_app(), 6, lambda _n: Sandbox().start(request_for("key-3")).reference)
    assert len(set(results)) == 1


def test_looking_up_asks_its_own_table(app):
    reference = Sandbox().start(request_for()).reference
    assert Sandbox().look_up(reference).state == "open"
    with unit_of_work():
        bank.decide(reference, bank.SandboxState.PAID)
    verdict = Sandbox().look_up(reference)
    assert (verdict.state, verdict.amount_minor, verdict.currency) == ("paid", 1400, "EUR")


def test_expiring_leaves_a_paid_one_alone(app):
    reference = Sandbox().start(request_for()).reference
    with unit_of_work():
        bank.decide(reference, bank.SandboxState.PAID)
    Sandbox().expire(reference)
    assert Sandbox().look_up(reference).state == "paid"


def test_time_ends_an_open_payment(app):
    reference = Sandbox().start(request_for()).reference
    with unit_of_work() as session:
        payment = session.query(SandboxPayment).one()
        payment.expires_at = clock.now() - timedelta(seconds=1)
    assert Sandbox().look_up(reference).state == "expired"


BODY = json.dumps({"id": "evt_1", "type": "payment.changed", "reference": "sandbox_1"}).encode()


def signed_at(seconds, monkeypatch):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=seconds))
    header = signature.sign(BODY)
    monkeypatch.setattr(clock, "now", lambda: now)
    return header


def test_webhook_stale_and_webhook_future(app, monkeypatch):
    for seconds in (-301, 302, 3600):
        with pytest.raises(WebhookForged):
            signature.verify(BODY, signed_at(seconds, monkeypatch))
    signature.verify(BODY, signed_at(-200, monkeypatch))


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=x", "t=now,v1=x", "t=٣,v1=x", "t=" + "9" * 99, "t=1,v1=é"]
)
def test_webhook_forged(client, header):
    answer = client.post(
        "/webhooks/sandbox",
        data=BODY,
        headers={"X-Sandbox-Signature": header.encode().decode("latin-1")},
    )
    assert answer.status_code == 400


def test_webhook_forged_by_changing_the_body(client):
    header = signature.sign(BODY)
    forged = BODY.replace(b"sandbox_1", b"sandbox_2")
    answer = client.post("/webhooks/sandbox", data=forged, headers={signature.HEADER: header})
    assert answer.status_code == 400
    genuine = client.post("/webhooks/sandbox", data=BODY, headers={signature.HEADER: header})
    assert genuine.status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b'{"id": 1, "type": 2, "reference": 3}', b"\xff"]
)
def test_a_signed_message_that_says_nothing_is_refused(app, body):
    with pytest.raises(WebhookForged):
        webhooks.receive("sandbox", body, {signature.HEADER: signature.sign(body)})
    assert db.session.query(Job).count() == 0
