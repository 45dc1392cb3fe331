"""The stand-in is as strict as Stripe: it refuses what the client's types don't know, and keeps its promises."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import stripe
from stripe import params
from stripe.params.checkout import SessionCreateParams

from shop.blueprints.payments_stripe.connection import client as stripe_client
from shop.blueprints.payments_stripe.provider import Stripe
from shop.blueprints.payments_stripe.standin import api, objects, shapes
from shop.blueprints.payments_stripe.standin.errors import ApiError
from shop.core import clock
from shop.core.errors import Refused
from tests.factories.orders import at_once, this_app
from tests.factories.stripe import ON_ONE_DATABASE, act, open_session, request_for

HEADERS = {"Authorization": "Bearer sk_test_standin"}
LINE = "line_items[0][quantity]=1&line_items[0][price_data]"
GOOD = (
    f"mode=payment&success_url=http://localhost/&{LINE}[currency]=eur&{LINE}[unit_amount]=1400"
    f"&{LINE}[product_data][name]=Guide"
)


def refund(reference, amount, key="refund-1"):
    return Stripe().refund(
        reference, amount_minor=amount, currency="EUR", idempotency_key=key, reason="It tore"
    )


def post(form, key=None):
    headers = HEADERS | ({"Idempotency-Key": key} if key else {})
    return api.answer_request("POST", "https://api.stripe.com/v1/checkout/sessions", headers, form)


def told(answer):
    return json.loads(answer.text)["error"]


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("more", "param"),
    [
        ("&amount=5", "amount"),
        ("&line_items[0][price]=x&line_items[0][colour]=red", "line_items[0][colour]"),
        ("&payment_intent_data[captured]=true", "payment_intent_data[captured]"),
        ("&expires_at=tomorrow", "expires_at"),
        ("&allow_promotion_codes=perhaps", "allow_promotion_codes"),
        ("&locale=klingon", "locale"),
        ("&metadata=x", "metadata"),
        ("&line_items[2][quantity]=1", "line_items"),
        (f"&expires_at={10**10}", "expires_at"),
        ("&customer_email=nobody", "customer_email"),
        ("&shipping_options[0][shipping_rate_data][type]=weight", "[display_name]"),
    ],
)
def test_what_the_clients_types_do_not_know_is_refused(app, more, param):
    answer = post(GOOD + more)
    assert answer.status == 400
    assert told(answer)["param"].endswith(param)
    assert post(GOOD).status == 200


@ON_ONE_DATABASE
def test_nothing_is_missing_that_the_types_require(app):
    with pytest.raises(ApiError, match="name"):
        shapes.checked(
            {"line_items": {"0": {"price_data": {"currency": "eur", "product_data": {}}}}},
            SessionCreateParams,
        )
    assert shapes.checked({"amount_off": "5"}, params.CouponCreateParams) == {"amount_off": 5}


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("session", stripe.checkout.Session),
        ("payment_intent", stripe.PaymentIntent),
        ("charge", stripe.Charge),
        ("refund", stripe.Refund),
        ("dispute", stripe.Dispute),
        ("event", stripe.Event),
    ],
)
def test_what_it_answers_are_fields_that_the_client_knows(app, kind, shape):
    reference = open_session()
    act(reference, "decline", "succeed")
    refund(reference, 100)
    act(reference, "dispute")
    found = objects.db.session.query(objects.StandInObject).filter_by(kind=kind).all()
    assert found
    for each in found:
        assert each.body.keys() <= shape.__annotations__.keys()


@ON_ONE_DATABASE
def test_a_wrong_key_opens_nothing(app):
    for header in ("", "Bearer sk_live_x", "sk_test_standin"):
        answer = api.answer_request(
            "GET", "https://x/v1/refunds/re_1", {"Authorization": header}, ""
        )
        assert answer.status == 401


@ON_ONE_DATABASE
def test_what_is_not_built_says_so(app):
    with pytest.raises(stripe.InvalidRequestError, match="stand-in"):
        stripe_client().v1.customers.create({"email": "ruth@example.org"})


def test_the_same_idempotency_key_answers_the_same_and_does_it_once(app):
    began = clock.now()
    times = {"started_at": began, "expires_at": began + timedelta(minutes=30)}
    first, again = open_session(**times), open_session(**times)
    assert first == again != open_session("key-2")
    real_app = this_app()
    results = at_once(real_app, 6, lambda _n: open_session("key-3", **times))
    assert len(set(results)) == 1


def test_the_same_idempotency_key_for_another_request_is_refused(app):
    open_session()
    with pytest.raises(stripe.IdempotencyError):
        open_session(amount_minor=1300)
    assert post(GOOD + "&expires_at=1", "key-9").status == 400
    assert post(GOOD, "key-9").status == 200  # what was refused before it was done is not kept


def test_only_an_open_session_can_be_expired(app):
    reference = open_session()
    act(reference, "succeed")
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions"):
        stripe_client().v1.checkout.sessions.expire(reference)
    Stripe().expire(reference)
    assert Stripe().look_up(reference).state == "paid"
    ended = open_session("key-2")
    for _ in range(2):
        Stripe().expire(ended)
    act(ended, "succeed")
    assert Stripe().look_up(ended).state == "expired"


def test_time_ends_an_open_session(app, monkeypatch):
    reference = open_session()
    late = clock.now() + timedelta(minutes=41)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert Stripe().look_up(reference).state == "expired"
    act(reference, "succeed")
    assert Stripe().look_up(reference).state == "expired"


def test_a_verdict_says_for_which_payment_it_was_begun(app):
    assert Stripe().look_up(open_session("key-7")).idempotency_key == "key-7"


def test_a_refund_never_exceeds_what_was_paid(app):
    reference = open_session()
    with pytest.raises(Refused):
        refund(reference, 100)
    act(reference, "succeed")
    assert refund(reference, 1000).state == "done"
    assert refund(reference, 1000) == refund(reference, 1000)
    for amount in (401, 0, -1):
        with pytest.raises(Refused):
            refund(reference, amount, f"refund-of-{amount}")
    last = refund(reference, 400, "refund-2")
    assert Stripe().look_up_refund(last.reference) == last
    assert last.payment_reference == reference
    with pytest.raises(Refused, match="already been refunded"):
        refund(reference, 1, "refund-3")


def test_refund_race(app):
    """Twenty at once of a tenth of the price: ten go through, whatever the keys."""
    reference = open_session()
    act(reference, "succeed", delivery="never")
    real_app = this_app()
    results = at_once(real_app, 20, lambda number: refund(reference, 140, f"race-{number}"))
    refused = [each for each in results if isinstance(each, Refused)]
    assert (len(refused), sum(each.amount_minor for each in results if each not in refused)) == (
        10,
        1400,
    )


def test_a_refund_may_wait_and_may_fail(app):
    reference = open_session()
    act(reference, "succeed", refunds="pending")
    waiting = refund(reference, 1400)
    assert waiting.state == "pending"
    act(reference, "refunds_failed")
    failed = Stripe().look_up_refund(waiting.reference)
    assert (failed.state, failed.reason) == ("failed", "Stripe says: declined")
    assert refund(reference, 1400, "refund-2").state == "pending"


@ON_ONE_DATABASE
@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute_is_open_until_the_bank_decides(app, outcome):
    reference = open_session()
    act(reference, "succeed", "dispute")
    [dispute] = objects.db.session.query(objects.StandInObject).filter_by(kind="dispute").all()
    verdict = Stripe().look_up_dispute(dispute.id)
    assert (verdict.state, verdict.payment_reference, verdict.amount_minor) == (
        "open",
        reference,
        1400,
    )
    with pytest.raises(Refused, match="disputed"):
        refund(reference, 1400)
    act(reference, f"dispute_{outcome}")
    assert Stripe().look_up_dispute(dispute.id).state == outcome


@ON_ONE_DATABASE
def test_a_payment_too_small_to_charge_is_refused(app):
    with pytest.raises(stripe.InvalidRequestError, match="too small"):
        Stripe().start(request_for(amount_minor=49))
