"""Stripe's webhooks: only genuine ones of now, each once, about what is ours; none is believed."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import select

from shop.blueprints.payments.webhooks.models import WebhookEvent
from shop.blueprints.payments_stripe import keys, notices, signature
from shop.blueprints.payments_stripe.standin import shapes
from shop.blueprints.payments_stripe.standin.models import StandInObject
from shop.core import clock
from shop.core.jobs import Job
from shop.extensions import db
from shop.plugins.api import WebhookForged
from tests import controls
from tests.checkout.buying import orders
from tests.effort import TENTH_OF_A_SECOND, effort
from tests.factories.json_bombs import JSON_BOMBS
from tests.factories.orders import first_payment
from tests.factories.stripe import ON_ONE_DATABASE, act, begin, event, open_session, send

BODY = event("checkout.session.completed", "cs_1")
SECRET = "whsec_of_a_test"


def events():
    return db.session.scalars(select(WebhookEvent).order_by(WebhookEvent.id)).all()


def signed_at(seconds, monkeypatch, secret=SECRET):
    now = clock.now()
    with monkeypatch.context() as moved:
        moved.setattr(clock, "now", lambda: now + timedelta(seconds=seconds))
        return signature.sign_payload(BODY, secret)


@ON_ONE_DATABASE
def test_webhook_stale(app, monkeypatch):
    with pytest.raises(WebhookForged, match="stale"):
        signature.verify_payload(BODY, signed_at(-301, monkeypatch), SECRET)
    signature.verify_payload(BODY, signed_at(-200, monkeypatch), SECRET)


@ON_ONE_DATABASE
@pytest.mark.parametrize("seconds", [302, 3600])
def test_webhook_future(app, monkeypatch, seconds):
    """The official client lets a message dated an hour ahead pass: we don't."""
    from stripe import WebhookSignature

    header = signed_at(seconds, monkeypatch)
    assert WebhookSignature.verify_header(BODY, header, SECRET, tolerance=300)
    with pytest.raises(WebhookForged, match="future"):
        signature.verify_payload(BODY, header, SECRET)


@controls.on_sqlite
def test_control_webhook_stale(app, monkeypatch):
    with controls.failing_without("time of a webhook"):
        test_webhook_stale(app, monkeypatch)


@controls.on_sqlite
def test_control_webhook_future(app, monkeypatch):
    with controls.failing_without("time of a webhook"):
        test_webhook_future(app, monkeypatch, 3600)


@ON_ONE_DATABASE
def test_webhook_stale_with_a_second_time_beside_the_signed_one(app, monkeypatch):
    old, now = signed_at(-4000, monkeypatch), int(clock.now().timestamp())
    for header in (f"{old},t={now}", f"t={now},{old}"):
        with pytest.raises(WebhookForged):
            signature.verify_payload(BODY, header, SECRET)


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1",
        "v1=x",
        "t=now,v1=x",
        "t=٣,v1=x",
        "t=" + "9" * 99,
        "t=1,v1=é",
        "t=1,v1=" + "0" * 64,
    ],
)
def test_webhook_forged(client, header):
    assert send(client, BODY, header.encode().decode("latin-1")).status_code == 400
    assert events() == []


@controls.on_sqlite
def test_control_webhook_forged(client):
    with controls.failing_without("signature of a webhook"):
        test_webhook_forged(client, "t=1,v1=" + "0" * 64)


@ON_ONE_DATABASE
@pytest.mark.parametrize("secret", ["whsec_of_another", "whsec_", ""])
def test_webhook_forged_with_another_secret(client, secret):
    assert send(client, BODY, signature.sign_payload(BODY, secret)).status_code == 400


@ON_ONE_DATABASE
@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_ "])
def test_webhook_empty_secret_verifies_nothing(app, secret):
    with pytest.raises(WebhookForged):
        signature.verify_payload(BODY, signature.sign_payload(BODY, secret), secret)


@controls.on_sqlite
def test_control_webhook_empty_secret(app):
    with controls.failing_without("a webhook needs a secret"):
        test_webhook_empty_secret_verifies_nothing(app, "whsec_")


def test_webhook_forged_by_changing_the_body(client):
    header = signature.sign_payload(BODY, keys.webhook_secret())
    assert send(client, BODY.replace(b"cs_1", b"cs_2"), header).status_code == 400
    assert send(client, BODY, header).status_code == 200
    assert [each.reference for each in events()] == ["cs_1"]


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"[" * 9_000,
        b"\xff",
        b'{"id": 1, "type": 2, "data": {"object": {"id": 3}}}',
        b'{"id": "e", "type": "refund.created", "data": {"object": []}}',
        b'{"id": "e", "type": "refund.created", "data": 5}',
    ],
)
def test_a_signed_message_that_says_nothing_is_refused(client, body):
    import hmac

    at, secret = int(clock.now().timestamp()), keys.webhook_secret()
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
    assert send(client, body, f"t={at},v1={digest}").status_code == 400
    assert db.session.query(Job).count() == 0


@ON_ONE_DATABASE
@pytest.mark.parametrize("kind", JSON_BOMBS)
def test_json_bomb(client, kind):
    """Signed or not, it is refused, and quickly."""
    bomb = JSON_BOMBS[kind]
    codes = {send(client, bomb, "t=1,v1=x").status_code}
    assert effort(lambda: codes.add(send(client, bomb).status_code)) < TENTH_OF_A_SECOND
    assert codes == {413 if len(bomb) > 256 * 1024 else 400}


@controls.on_sqlite
@pytest.mark.parametrize(
    ("guard", "kind"),
    [("care for JSON", "lists in lists"), ("limit on webhooks", "a megabyte of blanks")],
)
def test_control_json_bomb(client, guard, kind):
    with controls.failing_without(guard):
        test_json_bomb(client, kind)


def test_webhook_replayed(client, outbox, run_jobs):
    """The same event again, and another about the same session, have one effect."""
    begin(client)
    payment = first_payment(orders()[0])
    act(payment.reference, "succeed", delivery="never")
    key = payment.idempotency_key
    for event_id in ("evt_1", "evt_1", "evt_2"):
        body = event("checkout.session.completed", payment.reference, event_id=event_id, key=key)
        assert send(client, body).status_code == 200
    run_jobs()
    assert [each.outcome for each in events()] == ["paid", "known"]
    assert len(outbox.messages) == 1


def test_a_webhook_that_lies_pays_nothing(client, run_jobs):
    begin(client)
    payment = first_payment(orders()[0])
    send(
        client,
        event(
            "checkout.session.completed",
            payment.reference,
            key=payment.idempotency_key,
            payment_status="paid",
            amount_total=1400,
        ),
    )
    run_jobs()
    assert (orders()[0].is_paid, [each.outcome for each in events()]) == (False, ["open"])


def test_webhook_forged_stands_at_the_same_door_with_the_stand_in(client):
    assert client.post("/webhooks/stripe", data=BODY).status_code == 400
    assert client.post("/webhooks/stripe", data=b"x" * (256 * 1024 + 1)).status_code == 413
    assert client.post("/webhooks/sandbox", data=BODY).status_code == 404


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "kind", ["customer.created", "payment_intent.succeeded", "charge.refunded", "price.updated"]
)
def test_what_does_not_concern_us_is_taken_and_forgotten(client, kind):
    assert send(client, event(kind, "x_1")).status_code == 200
    assert events() == []


def test_sessions_of_another_shop_on_the_same_account_are_none_of_ours(client):
    for kind in ("checkout.session.completed", "payment_intent.payment_failed"):
        assert send(client, event(kind, "cs_1", key="")).status_code == 200
        assert send(client, event(kind, "cs_1", metadata=7)).status_code == 200
    unknown = event("payment_intent.payment_failed", "pi_1", key="not ours")
    assert send(client, unknown).status_code == 200
    assert events() == []


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("checkout.session.completed", "payment"),
        ("checkout.session.async_payment_succeeded", "payment"),
        ("checkout.session.async_payment_failed", "payment"),
        ("checkout.session.expired", "payment"),
        ("refund.created", "refund"),
        ("refund.updated", "refund"),
        ("refund.failed", "refund"),
        ("charge.dispute.created", "dispute"),
        ("charge.dispute.closed", "dispute"),
    ],
)
def test_each_event_names_what_it_is_about(client, kind, about):
    assert send(client, event(kind, "x_1")).status_code == 200
    assert [(each.kind, each.about, each.reference) for each in events()] == [(kind, about, "x_1")]


@ON_ONE_DATABASE
def test_every_event_of_the_stand_in_is_one_that_stripe_knows(app):
    """A misspelt event would be waited for in vain."""
    reference = open_session()
    act(reference, "decline", "three_d_secure", "succeed", "dispute", "dispute_won")
    act(open_session("key-2"), "slow_failure")
    act(open_session("key-3"), "expire")
    bodies = db.session.scalars(select(StandInObject.body).where(StandInObject.kind == "event"))
    told = {body["type"] for body in bodies}
    assert len(told) > 6
    assert told <= known_events()
    assert known_events() >= notices.OF_SESSIONS | notices.OF_ATTEMPTS


def known_events():
    """What the client's own types list."""
    from stripe.params import WebhookEndpointCreateParams

    def words(hint):
        inner = get_args(hint)
        return {hint} if isinstance(hint, str) else {word for each in inner for word in words(each)}

    hints, _required = shapes._fields(WebhookEndpointCreateParams)
    return words(hints["enabled_events"])
