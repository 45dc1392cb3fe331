"""Stripe for tests: requests, sessions at the stand-in, what a buyer's bank does there, and signed webhooks."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shop.blueprints.payments_stripe import keys, signature
from shop.blueprints.payments_stripe.notices import METADATA_KEY
from shop.blueprints.payments_stripe.provider import Stripe
from shop.blueprints.payments_stripe.standin import bank, objects
from shop.blueprints.payments_stripe.standin.views import AFTERWARDS, RENEWALS, possible
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.plugins.api import PaymentLine, PaymentRequest
from tests.checkout.buying import check_out, put_in
from tests.factories.orders import make_variant

ON_ONE_DATABASE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""For tests of what no database decides."""


def request_for(key: str = "key-1", **values: Any) -> PaymentRequest:
    """Fourteen euros for a guide, when nothing else is said."""
    amount = values.pop("amount_minor", 1400)
    chosen: dict[str, Any] = {
        "order_token": "token",
        "order_number": "K7RD-94QM",
        "amount_minor": amount,
        "currency": "EUR",
        "email": "ruth@example.org",
        "lines": (PaymentLine("A guide", amount, 1),),
        "shipping_minor": 0,
        "tax_minor": 0,
        "started_at": clock.now(),
        "expires_at": clock.now() + timedelta(minutes=30),
        "idempotency_key": key,
        "return_url": "http://localhost/checkout/return/token",
        "cancel_url": "http://localhost/checkout/cancelled/token",
    }
    return PaymentRequest(**(chosen | values))


def open_session(key: str = "key-1", **values: Any) -> str:
    """A session that waits for its buyer; its reference."""
    return Stripe().start(request_for(key, **values)).reference


def wish(reference: str, **wishes: str) -> None:
    """Say how the stand-in's messages come from now on (`delivery`), and what becomes of `refunds`."""
    with unit_of_work():
        session = objects.find_object("session", reference, lock=True)
        session.hidden.update(wishes)


def act(reference: str, *outcomes: str, **wishes: str) -> None:
    """Let buyer and bank do something at the stand-in, by the names of its buttons."""
    for outcome in outcomes:
        with unit_of_work():
            session = objects.find_object("session", reference, lock=True)
            session.hidden.update(wishes)
            if outcome in AFTERWARDS:
                AFTERWARDS[outcome](session)
            elif outcome in RENEWALS:
                RENEWALS[outcome](session)
            elif bank.open_session(reference) is not None:
                possible(session)[outcome](session)


def begin(client: FlaskClient, **values: Any) -> str:
    """Put a guide into the cart and go on to pay; the address of the pay page."""
    put_in(client, make_variant(stock=5))
    answer = check_out(client, **values)
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith("/payments/test/cs_test_standin_")
    return answer.location


def choose(client: FlaskClient, page: str, outcome: str, **wishes: str) -> TestResponse:
    """Press a button of the pay page; where it leads to, followed once."""
    answer = client.post(page, data={"outcome": outcome, **wishes})
    assert answer.status_code == 303
    return client.get(answer.location)


def event(
    kind: str, reference: str, *, event_id: str = "evt_1", key: str = "key-1", **thing: Any
) -> bytes:
    """The body of an event, as Stripe sends it."""
    about = {"id": reference, "metadata": {METADATA_KEY: key} if key else {}, **thing}
    return json.dumps({"id": event_id, "type": kind, "data": {"object": about}}).encode()


def send(client: FlaskClient, body: bytes, header: str | None = None) -> TestResponse:
    """Bring a message to our door, genuine when nothing else is said."""
    if header is None:
        header = signature.sign_payload(body, keys.webhook_secret())
    return client.post("/webhooks/stripe", data=body, headers={signature.HEADER: header})
