"""Where we send to and what that costs, from the desk to the order."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from shop.blueprints.shipping.models import ShippingRate, ShippingZone
from shop.blueprints.shipping.settings import ShippingSettings
from shop.core import clock, settings
from shop.core.secrets.kept import KeptValues
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.checkout.buying import IN_GERMANY, IN_NEW_ZEALAND, WHERE, WHO, check_out, orders, put_in
from tests.factories.accounts import make_account, sign_in
from tests.factories.catalog import make_variant as heavy_variant
from tests.factories.orders import make_variant
from tests.factories.prices import make_zone


@pytest.fixture
def editor(client):
    return sign_in(client, make_account("editor"))


def update(client, **values):
    return client.post("/checkout/update", data=WHO | WHERE | values)


def test_a_parcel_costs_what_its_country_costs(client, till):
    make_zone("DE", rates=[("By post", 490)], free_from=5000)
    make_zone(rates=[("By air", 1890)])
    put_in(client, make_variant(price=2000, digital=False), 2)
    assert "Depends on the country" in client.get("/checkout").text
    assert "€44.90" in update(client, country="DE").text
    abroad = update(client, country="NZ")
    assert "Pay €58.90" in abroad.text
    assert 'value="4 Quiet Lane"' in abroad.text
    put_in(client, make_variant(price=1000, digital=False))
    assert "Pay €50.00" in update(client, country="DE").text


def test_a_country_that_was_changed_without_looking_is_asked_about_again(client, till):
    """Without a script, another country and then the button: a total that nobody saw is told, not charged."""
    make_zone("DE", rates=[("By post", 490)])
    make_zone(rates=[("By air", 1890)])
    put_in(client, make_variant(price=2000, digital=False))
    told = check_out(client, **IN_NEW_ZEALAND)
    assert (told.status_code, orders()) == (422, [])
    assert "The total is now €38.90." in told.text
    seen = told.text.split('name="seen"')[1].split('value="')[1].split('"')[0]
    again = check_out(client, **(IN_NEW_ZEALAND | {"seen": seen}))
    assert again.status_code == 303
    [order] = orders()
    assert (order.total_minor, order.shipping_label) == (3890, "By air")
    assert "Shipping · By air" in client.get(f"/orders/{order.token}").text


def test_search_engines_are_told_what_sending_and_returning_cost(client):
    with unit_of_work():
        settings.change(SiteSettings, {"home_country": "DE"})
        settings.change(ShippingSettings, {"return_days": 30})
    product = make_variant(price=2000, digital=False).product

    def offer():
        [data] = re.findall(r'ld\+json">(.+?)</script>', client.get(f"/shop/{product.slug}").text)
        [found] = json.loads(data)["@graph"][0]["offers"]
        return found

    assert offer()["price"] == "20.00"  # what the catalog says of the same offer stays
    [flat] = offer()["shippingDetails"]
    assert flat["shippingRate"] == {"@type": "MonetaryAmount", "value": "4.90", "currency": "EUR"}
    assert offer()["hasMerchantReturnPolicy"]["merchantReturnDays"] == 30
    make_zone("CH", rates=[("By post", 890)])
    make_zone(rates=[("By air", 1890)])
    [named] = offer()["shippingDetails"]
    assert (named["shippingRate"]["value"], named["shippingDestination"]["addressCountry"]) == (
        "8.90",
        ["CH"],
    )


@pytest.mark.parametrize("has_zone", [False, True])
def test_a_rate_of_another_currency_is_not_charged(client, till, has_zone):
    if has_zone:
        make_zone("DE", rates=[("By post", 490)])
    put_in(client, make_variant(price=900, currency="JPY", digital=False))
    answer = check_out(client, **IN_GERMANY)
    assert (answer.status_code, orders()) == (422, [])
    assert "We have no shipping price in JPY." in answer.text


def test_nothing_is_sent_where_no_zone_is(client, till):
    make_zone("DE")
    put_in(client, make_variant(digital=False))
    assert "New Zealand" not in client.get("/checkout").text
    answer = check_out(client, **IN_NEW_ZEALAND)
    assert (answer.status_code, orders()) == (422, [])
    assert "We don’t ship to this country: New Zealand." in answer.text


def test_downloads_ask_for_no_zone(client, till):
    make_zone("DE")
    put_in(client, make_variant())
    assert 'name="country"' not in client.get("/checkout").text
    assert check_out(client).status_code == 303


def test_the_buyer_chooses_among_ways_and_a_made_up_one_is_the_cheapest(client, till):
    zone = make_zone("DE", rates=[("By post", 490), ("Overnight", 990)])
    put_in(client, make_variant(price=2000, digital=False))
    there = IN_GERMANY
    dear = zone.rates[1].id
    page = update(client, country="DE", shipping=str(dear)).text
    assert "Pay €29.90" in page
    seen = page.split('name="seen"')[1].split('value="')[1].split('"')[0]
    told = check_out(client, **there, shipping="999999", seen=seen)
    assert "The total is now €24.90." in told.text
    assert check_out(client, **there, shipping=str(dear), seen=seen).status_code == 303
    assert (orders()[0].shipping_minor, orders()[0].shipping_label) == (990, "Overnight")


def test_a_parcel_that_is_too_heavy_for_every_way_is_not_sold(client, till):
    make_zone("DE", max_grams=1000)
    put_in(client, heavy_variant(weight_grams=600), 2)
    answer = check_out(client, **IN_GERMANY)
    assert (answer.status_code, orders()) == (422, [])
    assert "too heavy" in answer.text


def test_zones_and_rates_are_made_changed_and_removed(editor):
    made = editor.post("/admin/shipping/new", data={"name": "Home", "countries": ["DE", "AT"]})
    rates = f"{made.location}/rates"
    editor.post(f"{rates}/new", data={"label": "By post", "price": "4,90", "free_from": "50"})
    rate = db.session.query(ShippingRate).one()
    assert (rate.price_minor, rate.free_from_minor, rate.max_grams) == (490, 5000, None)
    overview = editor.get("/admin/shipping/").text
    assert "Austria, Germany" in overview
    assert "free from €50.00" in overview
    assert 'value="4.90"' in editor.get(f"{rates}/{rate.id}").text
    editor.post(f"{rates}/{rate.id}", data={"label": "By post", "price": "5", "free_from": ""})
    db.session.expire_all()
    assert (rate.price_minor, rate.free_from_minor) == (500, None)
    editor.post(f"{rates}/{rate.id}/removed")
    editor.post(f"{made.location}/removed")
    assert db.session.query(ShippingZone).count() == 0


def undo(editor, answer):
    page = editor.get(answer.location).text
    return editor.post(re.search(r'action="([^"]*/restored/[^"]*)"', page)[1])


def test_a_removed_zone_and_a_removed_rate_come_back_whole(editor):
    made = editor.post("/admin/shipping/new", data={"name": "Home", "countries": ["DE", "AT"]})
    editor.post(f"{made.location}/rates/new", data={"label": "By post", "price": "4,90"})
    rate = db.session.query(ShippingRate).one()
    undone = undo(editor, editor.post(f"{made.location}/rates/{rate.id}/removed"))
    assert undone.status_code == 303
    zone = undo(editor, editor.post(f"{made.location}/removed"))
    db.session.expire_all()
    [zone] = db.session.query(ShippingZone)
    assert (zone.name, zone.countries) == ("Home", ["AT", "DE"])
    assert [(each.label, each.price_minor) for each in zone.rates] == [("By post", 490)]


def lasts(time):
    with unit_of_work():
        db.session.query(KeptValues).one().ends_at = clock.now() + time


def test_a_zone_does_not_come_back_twice_late_or_over_another(editor):
    path = editor.post("/admin/shipping/new", data={"name": "Home", "countries": ["DE"]}).location
    page = editor.get(editor.post(f"{path}/removed").location).text
    back = re.search(r'action="([^"]*/restored/[^"]*)"', page)[1]
    lasts(timedelta(minutes=-1))
    assert editor.post(back).status_code == 410
    lasts(timedelta(minutes=1))
    made = editor.post("/admin/shipping/new", data={"name": "New", "countries": ["DE"]})
    assert "already in the zone" in editor.get(editor.post(back).location).text
    editor.post(f"{made.location}/removed")
    assert editor.post(back).status_code == 303
    assert editor.post(back).status_code == 410


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"countries": []}, "countries"),
        ({"countries": ["XX"]}, "countries"),
        ({"countries": ["FR"]}, "countries"),
        ({"countries": ["DE"], "is_rest": "y"}, "is_rest"),
    ],
)
def test_a_bad_zone_is_said_beside_its_field(editor, data, field):
    make_zone("FR")
    make_zone()
    answer = editor.post("/admin/shipping/new", data={"name": "New", "countries": ["DE"]} | data)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert db.session.query(ShippingZone).count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", ""),
        ("price", ""),
        ("price", "-1"),
        ("price", "4.999"),
        ("price", "1e99"),
        ("free_from", "0"),
        ("max_grams", "0"),
        ("max_grams", "light"),
    ],
)
def test_a_bad_rate_is_said_beside_its_field(editor, field, value):
    zone = make_zone("FR", rates=[])
    data = {"label": "By post", "price": "4.90"} | {field: value}
    answer = editor.post(f"/admin/shipping/{zone.id}/rates/new", data=data)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert db.session.query(ShippingRate).count() == 0


def test_a_rate_of_another_zone_is_not_found(editor):
    one, other = make_zone("FR"), make_zone("DE")
    path = f"/admin/shipping/{one.id}/rates/{other.rates[0].id}"
    assert editor.get(path).status_code == 404
    assert editor.post(f"{path}/removed").status_code == 404
