"""Whose tax an order bears, and that it stands on it as it was charged."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
import time_machine

from shop.blueprints.discounts.models import DiscountKind
from shop.blueprints.payments.refunds import worth
from shop.blueprints.taxes import union
from shop.blueprints.taxes.models import Goods, TaxRate
from shop.blueprints.taxes.settings import TaxSettings
from shop.core import settings
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.checkout.buying import IN_GERMANY, WHO, check_out, orders, put_in
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import make_variant
from tests.factories.prices import make_code, make_tax

NUMBERS = """
    ATU13585627 BE0428759497 BG175074752 CY10259033P CZ25123891 DE136695976 DK13585628 EE100931558 EL094259216
    ESX2482300W FI20774740 FR40303265045 FR83404833048 HR33392005961 HU12892312 IE6433435F IE1234567T IT00743110157
    LT119511515 LU15027442 LV40003521600 MT11679112 NL004495445B01 NL002455799B11 PL8567346215 PT501964843 RO18547290
    SE123456789701 SI50223054 SK2022749619
    """.split()  # noqa: SIM905 - a list of them is unreadable
"""Examples of the documentation of python-stdnum and of the countries; nobody's or a public body's."""


def rules(**values):
    with unit_of_work():
        settings.change(SiteSettings, {"home_country": "DE"})
        settings.change(TaxSettings, values)


def update(client, **values):
    return client.post("/checkout/update", data=WHO | values)


def buy(client, **values):
    """Look at the total, then pay it."""
    page = update(client, **values).text
    seen = page.split('name="seen"')[1].split('value="')[1].split('"')[0]
    answer = check_out(client, **values, seen=seen)
    assert answer.status_code == 303, answer.text
    return orders()[-1]


@pytest.fixture
def editor(client):
    return sign_in(client, make_account("editor"))


def test_a_download_is_taxed_where_its_buyer_lives(client, till):
    make_tax("DE", 19_000)
    make_tax("FI", 25_500)
    put_in(client, make_variant(price=2500))
    assert "The tax depends on the country." in client.get("/checkout").text
    assert "VAT 25.5% included: €5.08" in update(client, country="FI").text
    order = buy(client, country="FI")
    assert (order.total_minor, order.tax_minor, order.tax_country) == (2500, 508, "FI")
    assert order.tax_breakdown == [
        {"label": "VAT", "rate": 25_500, "base_minor": 1992, "tax_minor": 508}
    ]
    assert (order.lines[0].tax_rate, order.lines[0].tax_minor) == (25_500, 508)
    assert "VAT 25.5% included: €5.08" in client.get(f"/orders/{order.token}").text


def test_a_download_is_not_sold_before_its_country_is_known(client, till):
    make_tax("DE", 19_000)
    put_in(client, make_variant())
    answer = check_out(client)
    assert (answer.status_code, orders()) == (422, [])
    assert "Choose a country." in answer.text


def test_tax_on_top_is_told_before_it_is_charged(client, till):
    rules(prices_include_tax=False)
    make_tax("DE", 19_000)
    put_in(client, make_variant(price=1000))
    assert "Tax is calculated at checkout." in client.get("/cart").text
    page = client.get("/checkout").text  # the country at home is chosen beforehand
    assert "Pay €11.90" in page
    order = buy(client, country="DE")
    assert (order.subtotal_minor, order.tax_minor, order.total_minor) == (1000, 190, 1190)
    [request] = till.started.values()
    assert (request.amount_minor, request.tax_minor) == (1190, 190)


def test_shipping_is_taxed_as_what_is_sent(client, till):
    make_tax("DE", 19_000)
    make_tax("DE", 7_000, applies_to=Goods.SENT)
    put_in(client, make_variant(price=1190))
    put_in(client, make_variant(price=2140, digital=False))
    order = buy(client, **IN_GERMANY)
    rates = {row["rate"]: row for row in order.tax_breakdown}
    assert rates[19_000]["tax_minor"] == 190
    assert rates[7_000]["tax_minor"] == 140 + 32  # and of 4.90 for the post
    assert order.tax_minor == 362


def test_a_business_abroad_owes_the_tax_itself_where_the_owner_allows_it(client, till):
    rules(reverses_charge=True)
    make_tax("DE", 19_000)
    make_tax("AT", 20_000)
    put_in(client, make_variant(price=1200))
    assert 'name="tax_number"' not in update(client, country="DE").text
    order = buy(client, country="AT", tax_number="atu 135.856-27")
    assert (order.total_minor, order.tax_minor, order.tax_number) == (1000, 0, "ATU13585627")
    assert order.lines[0].unit_price_minor == 1000
    assert "Reverse charge" in client.get(f"/orders/{order.token}").text


@pytest.mark.parametrize(
    "number", ["DE136695976", "ATU13585626", "ATU1358562", "ATU135856270", "💶", "x" * 32]
)
def test_a_number_that_austria_gives_to_nobody_frees_from_no_tax(client, till, number):
    rules(reverses_charge=True)
    make_tax("AT", 20_000)
    put_in(client, make_variant(price=1200))
    page = update(client, country="AT", tax_number=number).text
    assert "A tax number of Austria begins with AT" in page
    assert "Pay €12.00" in page
    answer = check_out(client, country="AT", tax_number=number)
    assert (answer.status_code, orders()) == (422, [])


def test_a_number_that_nobody_asked_for_frees_from_nothing(client, till):
    rules()
    make_tax("AT", 20_000)
    put_in(client, make_variant(price=1200))
    order = buy(client, country="AT", tax_number="ATU13585627")
    assert (order.total_minor, order.tax_minor, order.tax_number) == (1200, 200, "")


def test_a_number_that_is_not_asked_for_any_more_is_no_mistake(client, till):
    """The buyer chose another country after typing it, and its field is gone."""
    rules(reverses_charge=True)
    make_tax("DE", 19_000)
    put_in(client, make_variant(price=1200))
    left_over = {"country": "DE", "tax_number": "ATU1358562", "method": "till"}
    mistaken = check_out(client, **left_over, name="")
    assert mistaken.status_code == 422
    assert "tax number" not in mistaken.text.lower()
    assert check_out(client, **left_over).status_code == 303


def test_a_small_seller_taxes_private_buyers_in_the_union_at_home(client, till):
    rules(is_small=True)
    make_tax("DE", 19_000)
    make_tax("AT", 20_000)
    make_tax("GB", 20_000)
    put_in(client, make_variant(price=1190))
    assert "VAT 19% included" in update(client, country="AT").text
    assert "VAT 20% included" in update(client, country="GB").text


def test_a_rate_holds_from_its_day_on(client):
    make_tax("DE", 16_000, valid_from=date(2020, 7, 1))
    make_tax("DE", 19_000, valid_from=date(2031, 1, 1))
    put_in(client, make_variant())
    assert "VAT 16% included" in update(client, country="DE").text
    with time_machine.travel(datetime.fromisoformat("2031-01-01T00:00:00+00:00")):
        assert "VAT 19% included" in update(client, country="DE").text


def test_a_cart_says_that_tax_is_included_only_where_it_is(client):
    """A shop without rates may charge none; what it says of that is its own, at the checkout."""
    put_in(client, make_variant(digital=False))
    page = client.get("/cart").text
    assert "Shipping is calculated at checkout." in page
    assert "Tax" not in page
    make_tax("DE", 19_000)
    assert "Tax included. Shipping is calculated at checkout." in client.get("/cart").text


def test_a_country_without_a_rate_pays_the_price_and_no_tax(client, till):
    make_tax("DE", 19_000)
    put_in(client, make_variant(price=1000))
    assert "Tax included." not in update(client, country="JP").text
    order = buy(client, country="JP")
    assert (order.total_minor, order.tax_minor, order.tax_breakdown) == (1000, 0, [])


@pytest.mark.parametrize("number", NUMBERS)
def test_a_tax_number_of_the_union_must_pass_its_country_s_check(number):
    country = {"EL": "GR"}.get(number[:2], number[:2])
    others = union.MEMBERS - {country}
    assert union.looks_right(number, country)
    assert not any(union.looks_right(number, other) for other in others)
    for wrong in ("", number[2:], number + "\n", number + "1", number[:2] + number, number.lower()):
        assert not union.looks_right(wrong, country), wrong
    mistyped = [
        number[:at] + digit + number[at + 1 :]
        for at in range(2, len(number))
        for digit in "0123456789"
        if number[at].isdigit() and digit != number[at]
    ]
    assert (
        sum(union.looks_right(each, country) for each in mistyped) <= len(mistyped) / 5
    )  # the last two digits of NL number a branch


def test_the_check_is_known_for_every_country_of_the_union():
    assert {{"EL": "GR"}.get(number[:2], number[:2]) for number in NUMBERS} == union.MEMBERS


@pytest.mark.parametrize("number", ["CHE123456788MWST", "GB980780684"])
def test_elsewhere_a_number_need_only_look_like_one(number):
    assert union.looks_right(number, number[:2])
    assert not union.looks_right(number + "\n", number[:2])
    assert not union.looks_right("", number[:2])


def test_the_union_s_rates_come_once_with_their_source(editor):
    for _ in range(2):
        assert editor.post("/admin/taxes/union").status_code == 303
    assert db.session.query(TaxRate).count() == len(union.STANDARD_RATES) == 27
    page = editor.get("/admin/taxes/").text
    assert "European Commission, Taxes in Europe Database, as of 1 January 2026" in page
    assert "VAT 25.5%" in page


GOOD = {"country": "CH", "applies_to": "everything", "label": "MWST", "rate": "8.1"} | {
    "valid_from": "2024-01-01"
}


def test_a_rate_is_made_changed_and_removed(editor):
    assert editor.post("/admin/taxes/new", data=GOOD).status_code == 303
    rate = db.session.query(TaxRate).one()
    path = f"/admin/taxes/{rate.id}"
    assert (rate.country, rate.rate) == ("CH", 8_100)
    assert 'value="8.1"' in editor.get(path).text
    editor.post(path, data=GOOD | {"rate": "0"})
    db.session.expire_all()
    assert rate.rate == 0
    removed = editor.post(f"{path}/removed")
    assert db.session.query(TaxRate).count() == 0
    back = re.search(r'action="([^"]*/restored/[^"]*)"', editor.get(removed.location).text)[1]
    assert editor.post(back).status_code == 303
    [rate] = db.session.query(TaxRate)
    assert (rate.country, rate.rate, str(rate.valid_from)) == ("CH", 0, "2024-01-01")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", ""),
        ("country", "XX"),
        ("applies_to", "nothing"),
        ("label", ""),
        ("label", "x" * 41),
        ("rate", "101"),
        ("rate", "-1"),
        ("rate", "much"),
        ("valid_from", ""),
        ("valid_from", "2024-02-31"),
        ("valid_from", "2020-01-01"),
        ("source", "x" * 201),
    ],
)
def test_a_bad_rate_is_said_beside_its_field(editor, field, value):
    make_tax("CH", 7_700)
    answer = editor.post("/admin/taxes/new", data=GOOD | {field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert db.session.query(TaxRate).count() == 1


def test_what_can_be_refunded_by_line_and_shipping_is_what_was_paid(client, till):
    """Discount and tax on top are shared out over the lines, to the last cent."""
    rules(prices_include_tax=False)
    make_tax("DE", 19_000)
    make_code(kind=DiscountKind.AMOUNT, amount_minor=1001)
    put_in(client, make_variant(price=999), 3)
    put_in(client, make_variant(price=1450, digital=False))
    client.post("/cart/code", data={"code": "SPRING"})
    order = buy(client, **IN_GERMANY)
    pieces = [
        worth.of_pieces(line, 1, after=number)
        for line in order.lines
        for number in range(line.quantity)
    ]
    assert sum(pieces) + worth.of_shipping(order) == order.total_minor == 4684
