"""Staff make codes, see what became of them, and switch them off."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shop.blueprints.discounts.models import DiscountCode
from shop.core import settings
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import make_variant
from tests.factories.prices import make_code

GOOD = {"code": "winter", "kind": "percent", "percent": "12,5"}


@pytest.fixture
def editor(client):
    return sign_in(client, make_account("editor"))


def codes():
    db.session.expire_all()
    return db.session.query(DiscountCode).all()


def test_a_code_is_made_changed_and_switched_off(editor):
    slug = make_variant().product.slug
    made = editor.post(
        "/admin/discounts/new",
        data=GOOD | {"products": slug, "max_uses": "5", "ends_at": "2030-01-01T00:00"},
    )
    [code] = codes()
    assert made.location == f"/admin/discounts/{code.id}"
    assert (code.code, code.percent, code.max_uses, code.is_on) == ("WINTER", 12_500, 5, True)
    assert [product.slug for product in code.products] == [slug]
    page = editor.get(made.location).text
    assert 'value="12.5"' in page
    assert slug in page
    amount = {"code": "WINTER", "kind": "amount", "amount": "3.50"}
    assert editor.post(made.location, data=amount).status_code == 303
    assert [(code.kind, code.amount_minor, code.percent) for code in codes()] == [
        ("amount", 350, None)
    ]
    editor.post(f"{made.location}/off", data=amount | {"amount": "4"})  # saves what was typed
    assert (codes()[0].is_on, codes()[0].amount_minor) == (False, 400)
    refused = editor.post(f"{made.location}/on", data=amount | {"amount": "x"})
    assert (refused.status_code, codes()[0].is_on) == (422, False)
    assert "Switched off" in editor.get("/admin/discounts/").text


def test_a_code_begins_and_ends_by_the_clock_of_the_site(editor):
    with unit_of_work():
        settings.change(SiteSettings, {"time_zone": "Asia/Tokyo"})
    made = editor.post("/admin/discounts/new", data=GOOD | {"ends_at": "2030-01-02T03:00"})
    assert codes()[0].ends_at == datetime(2030, 1, 1, 18, tzinfo=UTC)
    page = editor.get(made.location).text
    assert 'value="2030-01-02T03:00"' in page
    assert "Time zone: Asia/Tokyo." in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", ""),
        ("code", "two words"),
        ("code", "x" * 41),
        ("code", "ß" * 40),
        ("code", "a\x00b"),
        ("code", "SPRING"),
        ("kind", "everything"),
        ("percent", ""),
        ("percent", "0"),
        ("percent", "101"),
        ("percent", "-5"),
        ("percent", "1e9"),
        ("percent", "NaN"),
        ("percent", "१०"),
        ("products", "no-such-guide"),
        ("max_uses", "0"),
        ("max_uses", "9" * 400),
        ("starts_at", "yesterday"),
        ("ends_at", "1999-01-01T00:00"),
    ],
)
def test_a_bad_field_is_said_beside_it_and_nothing_is_made(editor, field, value):
    make_code("SPRING")
    data = GOOD | {"starts_at": "2026-01-01T00:00"} | {field: value}
    answer = editor.post("/admin/discounts/new", data=data)
    assert answer.status_code in {400, 422}
    if answer.status_code == 422:
        assert f'id="{field}-error"' in answer.text
    assert len(codes()) == 1


def test_an_amount_has_the_digits_of_its_currency(editor):
    answer = editor.post(
        "/admin/discounts/new", data={"code": "AB", "kind": "amount", "amount": "1.005"}
    )
    assert answer.status_code == 422
    assert "2 digits after the decimal point" in answer.text


@pytest.mark.parametrize("role", ["moderator", "buyer", None])
@pytest.mark.parametrize("path", ["discounts", "shipping", "taxes"])
def test_prices_are_not_for_everyone(client, role, path):
    if role:
        sign_in(client, make_account(role))
    assert client.get(f"/admin/{path}/").status_code in {303, 403, 404}
    assert client.post(f"/admin/{path}/new").status_code in {303, 403, 404}
