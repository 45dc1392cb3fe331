"""What Stripe is asked to charge: exactly what the order says, and refused where it can't be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop.blueprints.payments_stripe import amounts, sessions
from shop.blueprints.payments_stripe.provider import CHECKOUT_ORIGIN, Stripe
from shop.blueprints.payments_stripe.standin import objects
from shop.blueprints.payments_stripe.standin.models import StandInObject
from shop.core import clock, money
from shop.extensions import db
from shop.plugins.api import PaymentLine
from tests.factories.stripe import ON_ONE_DATABASE, act, open_session, request_for

pytestmark = ON_ONE_DATABASE


def dear(**values):
    """Two lines, a discount, shipping, and tax on top."""
    return request_for(
        amount_minor=2 * 1000 + 500 - 300 + 490 + 209,
        lines=(PaymentLine("Cards", 1000, 2), PaymentLine("A guide", 500, 1)),
        discount_minor=300,
        discount_label="SPRING " * 20,
        shipping_minor=490,
        shipping_label="Parcel",
        needs_shipping=True,
        tax_minor=209,
        **values,
    )


def session_at_stripe(reference):
    return objects.find_object("session", reference)


def test_lines_discount_shipping_and_tax_add_up_to_what_is_charged(app):
    payment = dear(locale="de_AT")
    reference = Stripe().start(payment).reference
    body = session_at_stripe(reference).body
    assert (body["amount_subtotal"], body["amount_total"]) == (2709, payment.amount_minor)
    assert body["total_details"] == {
        "amount_discount": 300,
        "amount_shipping": 490,
        "amount_tax": 0,
    }
    assert (body["customer_email"], body["locale"]) == ("ruth@example.org", "de")
    asked = sessions.session_of(payment, coupon="c")
    names = [line["price_data"]["product_data"]["name"] for line in asked["line_items"]]
    assert names == ["Cards", "A guide", "Tax"]
    assert asked["metadata"]["order"] == asked["client_reference_id"] == payment.order_number
    assert asked["payment_intent_data"]["metadata"] == asked["metadata"]
    assert payment.order_token not in str(asked["metadata"])


def test_the_coupon_is_for_one_session_and_made_once(app):
    payment = dear()
    assert Stripe().start(payment) == Stripe().start(payment)
    coupons = db.session.query(StandInObject).filter_by(kind="coupon").all()
    assert [coupon.body["amount_off"] for coupon in coupons] == [300]
    assert coupons[0].body["max_redemptions"] == 1
    act(Stripe().start(payment).reference, "succeed")
    assert objects.find_object("coupon", coupons[0].id).body["times_redeemed"] == 1


@pytest.mark.parametrize(
    "values",
    [
        {"lines": (PaymentLine("A guide", 7, 1),)},
        {"lines": tuple(PaymentLine(f"Card {n}", 14, 1) for n in range(100)), "tax_minor": 0},
        {
            "lines": (PaymentLine("A guide", 1000, 1),),
            "discount_minor": 2000,
            "shipping_minor": 2400,
        },
        {"lines": ()},
    ],
)
def test_what_stripe_could_not_add_up_is_charged_as_one_line(app, values):
    """Never another sum than the order's."""
    payment = request_for(amount_minor=1400, **values)
    reference = Stripe().start(payment).reference
    assert session_at_stripe(reference).body["amount_total"] == 1400


def test_the_session_ends_with_the_reservation_but_never_sooner_than_stripe_allows(app):
    now = clock.now()
    kept = {"started_at": now}
    for minutes, expected in ((30, 40), (12, 40), (45, 45), (3000, 24 * 60 - 1)):
        payment = request_for(f"key-{minutes}", expires_at=now + timedelta(minutes=minutes), **kept)
        assert sessions.ends_at(payment) == now + timedelta(minutes=expected)
        assert Stripe().start(payment)


def test_a_start_that_died_is_made_ten_minutes_later(app):
    began = clock.now() - timedelta(minutes=9, seconds=50)
    payment = request_for(started_at=began, expires_at=began + timedelta(minutes=30))
    assert Stripe().start(payment)


def test_a_repeated_request_says_the_same_though_time_goes_on(app, monkeypatch):
    payment = request_for()
    first = Stripe().start(payment)
    later = clock.now() + timedelta(seconds=45)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert Stripe().start(payment) == first


@pytest.mark.parametrize(
    ("currency", "price", "charged"),
    [
        ("EUR", "14.00", 1400),
        ("HUF", "14", 1400),
        ("TWD", "14", 1400),
        ("JPY", "1400", 1400),
        ("KWD", "14.000", 14_000),
        ("ISK", "500", 50_000),
        ("UGX", "500", 50_000),
    ],
)
def test_a_price_is_charged_in_the_units_that_stripe_counts_in(app, currency, price, charged):
    """https://docs.stripe.com/currencies: none, two or three digits; two zeroes where the cents have gone."""
    ours = money.parse(price, currency)
    reference = open_session(currency=currency, amount_minor=ours)
    assert session_at_stripe(reference).body["amount_total"] == charged
    act(reference, "succeed")
    verdict = Stripe().look_up(reference)
    assert (verdict.amount_minor, verdict.currency) == (ours, currency)


@pytest.mark.parametrize(("currency", "ours"), [("KWD", 14001), ("JOD", 5)])
def test_what_stripe_cannot_charge_to_the_last_digit_is_not_charged_at_all(app, currency, ours):
    with pytest.raises(amounts.AmountNotPossible):
        Stripe().start(request_for(currency=currency, amount_minor=ours))


def test_only_where_a_key_is_configured_may_forms_lead_to_stripe(boot):
    assert Stripe().form_targets == ()
    boot(stripe_secret_key="sk_live_x")
    assert Stripe().form_targets == (CHECKOUT_ORIGIN,)
    assert str(Stripe().label) != "Test payment"
