"""The journeys of the stand-in, at Stripe: the same provider, the real client, test cards on Stripe's own page.

https://docs.stripe.com/testing#cards
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect, sync_playwright

from shop.blueprints.payments_stripe import signature
from shop.blueprints.payments_stripe.connection import client as stripe_client
from shop.blueprints.payments_stripe.provider import CHECKOUT_ORIGIN, Stripe
from shop.core import clock
from shop.core.app_state import state_of
from shop.core.errors import Refused
from shop.core.secrets.tokens import random_token
from shop.plugins.api import PaymentLine, PaymentRequest, PaymentStarted, PaymentVerdict
from tests.factories.stripe import request_for

SECRET = "whsec_for_tests"
GOOD, DECLINED, ASKED_BY_BANK = "4242424242424242", "4000000000000002", "4000002760003184"
PATIENCE_MS = 60_000


@pytest.fixture
def app(applications, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    app = applications("sqlite")
    real = {
        "stripe_secret_key": os.environ["SHOP_STRIPE_SECRET_KEY"],
        "stripe_webhook_secret": SECRET,
    }
    state = state_of(app)
    monkeypatch.setattr(state, "config", state.config.changed(**real))
    with app.app_context():
        yield app


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("SHOP_TEST_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox"],
        )
        yield chromium.new_page(locale="en-GB")
        chromium.close()


def dear() -> PaymentRequest:
    return request_for(
        random_token(),
        amount_minor=2 * 1000 + 500 - 300 + 490 + 209,
        lines=(PaymentLine("Cards", 1000, 2), PaymentLine("A guide", 500, 1)),
        discount_minor=300,
        discount_label="SPRING",
        shipping_minor=490,
        needs_shipping=True,
        tax_minor=209,
        return_url="https://example.com/returned",
        cancel_url="https://example.com/cancelled",
    )


def pay(page: Page, started: PaymentStarted, card: str) -> None:
    page.goto(started.redirect_url)
    page.locator("#cardNumber").fill(card, timeout=PATIENCE_MS)
    page.locator("#cardExpiry").fill("12 / 40")
    page.locator("#cardCvc").fill("123")
    page.locator("#billingName").fill("Ruth Miller")
    page.get_by_test_id("hosted-payment-submit-button").click()


def paid_with(page: Page, card: str = GOOD) -> tuple[PaymentRequest, PaymentVerdict]:
    payment = dear()
    started = Stripe().start(payment)
    pay(page, started, card)
    page.wait_for_url("https://example.com/returned", timeout=PATIENCE_MS)
    return payment, Stripe().look_up(started.reference)


def test_a_session_is_begun_once_and_can_be_ended(app: Flask) -> None:
    payment = dear()
    started = Stripe().start(payment)
    assert Stripe().start(payment) == started
    assert started.redirect_url.startswith(CHECKOUT_ORIGIN)
    verdict = Stripe().look_up(started.reference)
    assert (verdict.state, verdict.idempotency_key) == ("open", payment.idempotency_key)
    for _ in range(2):
        Stripe().expire(started.reference)
    assert Stripe().look_up(started.reference).state == "expired"


def test_the_sum_of_lines_discount_shipping_and_tax_is_ours(app: Flask) -> None:
    payment = dear()
    session = stripe_client().v1.checkout.sessions.retrieve(Stripe().start(payment).reference)
    assert session.amount_total == payment.amount_minor
    assert session.currency == "eur"


def test_a_good_card_pays_and_is_refunded_once(app: Flask, browser: Page) -> None:
    payment, verdict = paid_with(browser)
    assert (verdict.state, verdict.amount_minor, verdict.currency) == (
        "paid",
        payment.amount_minor,
        "EUR",
    )
    given = {"currency": "EUR", "reason": "It tore"}
    first = Stripe().refund(
        verdict.reference,
        amount_minor=1000,
        idempotency_key=f"{payment.idempotency_key}-1",
        **given,
    )
    again = Stripe().refund(
        verdict.reference,
        amount_minor=1000,
        idempotency_key=f"{payment.idempotency_key}-1",
        **given,
    )
    assert first.reference == again.reference
    assert Stripe().look_up_refund(first.reference).payment_reference == verdict.reference
    with pytest.raises(Refused):
        Stripe().refund(
            verdict.reference,
            amount_minor=payment.amount_minor,
            idempotency_key=f"{payment.idempotency_key}-2",
            **given,
        )


def test_a_declined_card_is_counted_and_another_may_pay(app: Flask, browser: Page) -> None:
    started = Stripe().start(dear())
    pay(browser, started, DECLINED)
    expect(browser.get_by_text("declined").first).to_be_visible(timeout=PATIENCE_MS)
    verdict = Stripe().look_up(started.reference)
    assert (verdict.state, verdict.declines) == ("open", 1)
    Stripe().expire(started.reference)


def test_a_bank_that_asks_leaves_the_session_open(app: Flask, browser: Page) -> None:
    started = Stripe().start(dear())
    pay(browser, started, ASKED_BY_BANK)
    browser.wait_for_timeout(5_000)
    assert Stripe().look_up(started.reference).state == "open"
    Stripe().expire(started.reference)


def test_stripes_own_events_are_understood(app: Flask, browser: Page) -> None:
    """What Stripe has just told of, signed as it would be sent to us."""
    _payment, verdict = paid_with(browser)
    since = int((clock.now() - timedelta(minutes=10)).timestamp())
    found = stripe_client().v1.events.list(
        {"type": "checkout.session.completed", "created": {"gte": since}}
    )
    bodies = [str(event).encode() for event in found.data]
    notices = [
        Stripe().read_webhook(body, {signature.HEADER: signature.sign_payload(body, SECRET)})
        for body in bodies
    ]
    assert verdict.reference in {notice.reference for notice in notices if notice}
