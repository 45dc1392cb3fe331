"""Those who try stolen cards are stopped by address, by network, on the page itself, and by all of them together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop.blueprints.checkout.card_testing import address_key
from shop.blueprints.payments import declines
from shop.blueprints.payments.attempts import looking_up
from shop.blueprints.payments.back_office import monitoring
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.settings import PaymentSettings
from shop.core import clock, settings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import PaymentVerdict
from tests import controls
from tests.checkout.buying import check_out, orders, put_in
from tests.factories.orders import (
    first_payment,
    make_order,
    make_payment,
    make_variant,
    payments_of,
)
from tests.factories.stripe import ON_ONE_DATABASE, begin


@pytest.fixture
def _strict(app):
    with unit_of_work():
        settings.change(PaymentSettings, {"declines_an_hour": 2})


def refuse(declines):
    """Say that so many cards were refused on the payment that was begun last."""
    with unit_of_work() as session:
        session.query(Payment).order_by(Payment.id.desc()).first().declines = declines


@pytest.mark.usefixtures("_strict")
def test_card_testing_by_the_rate_of_refused_cards(client, app, monkeypatch):
    """Another browser, another name: the address is the same. An hour later it may try again."""
    begin(client)
    refuse(2)
    again = app.test_client()
    put_in(again, make_variant())
    stopped = check_out(again, name="Somebody Else")
    assert (stopped.status_code, stopped.headers.get("Retry-After")) == (429, "3600")
    assert "Too many cards were declined" in stopped.text
    assert len(orders()) == 1
    assert check_out(again, email="honest@example.org").status_code == 303
    later = clock.now() + timedelta(hours=1, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert check_out(again).status_code == 303


@controls.on_sqlite
@pytest.mark.usefixtures("_strict")
def test_control_card_testing(client, app, monkeypatch):
    with controls.failing_without("declined cards are counted"):
        test_card_testing_by_the_rate_of_refused_cards(client, app, monkeypatch)


@pytest.mark.usefixtures("_strict")
def test_card_testing_with_an_address_for_each_card(client, app):
    """One network has three times the tries of one address; another network is not stopped."""
    for number in range(3):
        browser = app.test_client()
        put_in(browser, make_variant())
        assert check_out(browser, email=f"card{number}@example.org").status_code == 303
        refuse(2)
    put_in(client, make_variant())
    assert check_out(client, email="card9@example.org").status_code == 429
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.5"
    put_in(elsewhere, make_variant())
    assert check_out(elsewhere, email="honest@example.org").status_code == 303


@pytest.mark.usefixtures("_strict")
def test_card_testing_on_one_page_ends_the_payment(client, run_jobs):
    page = begin(client)
    client.post(page, data={"outcome": "decline"})
    run_jobs()
    assert first_payment(orders()[0]).state == "open"
    client.post(page, data={"outcome": "decline"})
    run_jobs()
    [payment] = payments_of(orders()[0])
    assert (payment.state, payment.learned_from, payment.declines) == ("expired", "card testing", 2)
    assert "has expired" in client.get(page).text


def test_card_testing_by_many_at_once_leaves_everybody_one_try(client, app):
    make_payment(make_order(email="bot@example.org"), "ref-9")
    refuse(declines.WAVE_AT_LEAST)
    put_in(client, make_variant())
    assert check_out(client).status_code == 303
    with pytest.raises(declines.CardsTried):
        monitoring.check_payments()
    refuse(1)
    make_payment(make_order(email="bot2@example.org"), "ref-10")
    refuse(declines.WAVE_AT_LEAST)
    assert check_out(client, name="Another card").status_code == 429


def test_what_is_counted_is_what_the_provider_says(client, till):
    """Asked again, a card that was refused counts once; a later, smaller number takes nothing back."""

    order = make_order()
    payment_id = make_payment(order).id
    for refused, counted in ((2, 2), (2, 2), (0, 2), (3, 3)):
        till.verdicts["ref-1"] = PaymentVerdict("ref-1", "open", declines=refused)
        looking_up.look_up_payment(payment_id, learned_from="test")
        assert db.session.get(Payment, payment_id, populate_existing=True).declines == counted


@ON_ONE_DATABASE
def test_networks_are_known_by_a_hash_and_ipv6_by_its_customer(app):
    assert address_key("203.0.113.5") != address_key("203.0.113.6")
    assert address_key("2001:db8:1:2::5") == address_key("2001:db8:1:2:ffff::1")
    assert address_key("2001:db8:1:2::5") != address_key("2001:db8:1:3::5")
    assert "203" not in address_key("203.0.113.5")[:3] or len(address_key("203.0.113.5")) == 64
    assert [address_key(odd) for odd in (None, "", "nonsense", "unix:")] == [""] * 4
