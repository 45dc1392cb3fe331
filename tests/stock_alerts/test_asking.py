"""Asking to be told when something sold out is back."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from shop.blueprints.catalog.stock import levels
from shop.blueprints.stock_alerts import services
from shop.blueprints.stock_alerts.models import AlertState, StockAlert
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.stock_alerts import make_alert, make_sold_out

EMAIL = "ruth@example.org"
THANKS = "Thanks! We will notify you when it becomes available!"
PATH = "/shop/the-notebook/notify"


@pytest.fixture
def variant(app):
    [variant] = make_sold_out().variants
    return variant


def states() -> list[str]:
    return list(db.session.scalars(select(StockAlert.state).order_by(StockAlert.id)))


def test_whoever_asks_is_thanked_once_and_waits(client, variant, run_jobs):
    answer = client.post(PATH, data={"variant": variant.id, "email": "Ruth@Example.org"})
    assert (answer.status_code, answer.location) == (303, "/shop/the-notebook#notify")
    assert THANKS in client.get(answer.location).text
    assert THANKS not in client.get(answer.location).text
    run_jobs()
    [alert] = db.session.scalars(select(StockAlert))
    assert (alert.email, alert.state) == (EMAIL, AlertState.WAITING)


def test_only_what_is_sold_out_asks(client, app):
    product = make_sold_out(editions=("Paper", "Linen"))
    assert "Notify me" in client.get("/shop/the-notebook").text
    with unit_of_work():
        levels.restock(product.variants[0], 2)
    page = client.get("/shop/the-notebook").text
    form = page[page.index('id="notify"') :].partition("</form>")[0]
    assert "Linen" not in form  # one is left to wait for: nothing to choose
    assert f'value="{product.variants[1].id}"' in form
    with unit_of_work():
        levels.restock(product.variants[1], 2)
    assert "Notify me" not in client.get("/shop/the-notebook").text


def test_the_page_with_the_form_is_the_same_for_everyone(client, variant):
    answer = client.get("/shop/the-notebook")
    assert answer.headers["Cache-Control"].startswith("public")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "email",
    ["", "   ", "nobody", "a@" + "b" * 300 + ".org", "a b@example.org", "🙂@example.org", "1e99"],
)
def test_a_bad_address_is_said_beside_its_field_and_kept(client, variant, email):
    answer = client.post(PATH, data={"variant": variant.id, "email": email})
    assert answer.status_code == 422
    assert 'id="notify-email-error"' in answer.text
    assert "The Notebook" in answer.text
    assert THANKS not in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    if email.isalnum():
        assert f'value="{email}"' in answer.text
    assert states() == []


@pytest.mark.parametrize("value", ["", "x", "0", "-1", "1e99", "9" * 30, "NaN", "9" * 5000, "\x00"])
def test_a_variant_that_is_not_there_is_refused(client, variant, value):
    answer = client.post(PATH, data={"variant": value, "email": EMAIL})
    assert answer.status_code == 422
    assert states() == []


def test_a_variant_of_something_else_is_refused(client, variant):
    [other] = make_sold_out("another").variants
    answer = client.post(PATH, data={"variant": other.id, "email": EMAIL})
    assert answer.status_code == 422
    assert states() == []


def test_fields_that_are_missing_are_said(client, variant):
    assert client.post(PATH).status_code == 422
    assert client.post(PATH, json={"variant": variant.id, "email": EMAIL}).status_code == 422
    assert client.post("/shop/nothing/notify", data={"email": EMAIL}).status_code == 404


def test_what_is_there_now_is_said_instead_of_stored(client, variant):
    with unit_of_work():
        levels.restock(variant, 1)
    answer = client.post(PATH, data={"variant": variant.id, "email": EMAIL})
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "available right now" in page
    assert THANKS not in page
    assert states() == []


@pytest.mark.parametrize("ending", ["\r\nBcc: all@example.org", "\nSubject: x", "\x00"])
def test_mail_header_injection(client, variant, ending):
    answer = client.post(PATH, data={"variant": variant.id, "email": EMAIL + ending})
    assert answer.status_code == 422
    assert states() == []


@pytest.mark.parametrize(
    "header", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_csrf(client, variant, header):
    answer = client.post(PATH, data={"variant": variant.id, "email": EMAIL}, headers=header)
    assert answer.status_code == 403
    assert states() == []


@contextmanager
def statements_into(seen: list[str]):
    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield
    event.remove(db.engine, "before_cursor_execute", note)


def test_enumeration(client, variant, run_jobs):
    """The same bytes for an address that waits already, and the same statements: nothing is looked up before."""
    variant_id = variant.id
    for state in AlertState:
        make_alert(variant, f"{state}@example.org", state)
    client.get("/shop/the-notebook")  # settings are read once
    seen = set()
    for email in ("unknown@example.org", *(f"{state}@example.org" for state in AlertState)):
        statements: list[str] = []
        with statements_into(statements):
            answer = client.post(PATH, data={"variant": variant_id, "email": email})
        cookie = re.sub("(notice|Expires)=[^;]+", "", answer.headers["Set-Cookie"])
        page = client.get(answer.location).text
        seen.add(
            (answer.status_code, answer.location, cookie, answer.data, page, tuple(statements))
        )
    assert len(seen) == 1
    run_jobs()


def test_list_bombing(client, variant, outbox, run_jobs):
    """However often somebody types an address, its owner gets one message."""
    for email in (EMAIL, EMAIL.upper(), EMAIL):
        for _ in range(10):
            client.post(PATH, data={"variant": variant.id, "email": email})
        run_jobs()
    assert states() == [AlertState.WAITING]
    with unit_of_work():
        levels.restock(variant, 5)
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == [EMAIL]


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_list_bombing_under_many_addresses_of_one_mailbox(
    client, variant, outbox, run_jobs, monkeypatch, guarded
):
    if not guarded:
        monkeypatch.setattr(services, "take_turns", lambda _for, addresses, **_every: {*addresses})
    for number in range(5):
        client.post(PATH, data={"variant": variant.id, "email": f"reader+{number}@example.org"})
    run_jobs()
    with unit_of_work():
        levels.restock(variant, 5)
    run_jobs()
    assert len(outbox.messages) == (1 if guarded else 5)


def test_list_bombing_by_one_sender(client, variant, limits):
    answers = [
        client.post(PATH, data={"variant": variant.id, "email": f"reader{number}@example.org"})
        for number in range(12)
    ]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_an_address_waits_for_twenty_things_at_most(app, run_jobs):
    product = make_sold_out(editions=tuple(f"Edition {number}" for number in range(25)))
    with unit_of_work():
        for variant in product.variants:
            services.ask_for_alert(variant_id=variant.id, email=EMAIL)
    run_jobs()
    assert states() == [AlertState.WAITING] * 20


def test_a_robot_that_fills_the_trap_is_thanked_and_ignored(client, variant):
    answer = client.post(
        PATH, data={"variant": variant.id, "email": EMAIL, "website": "https://spam.example"}
    )
    assert answer.status_code == 303
    assert states() == []


def test_alerts_of_a_year_ago_are_forgotten(variant, monkeypatch):
    make_alert(variant)
    make_alert(variant, state=AlertState.SENT)
    with unit_of_work():
        services.forget_old()
    assert len(states()) == 2
    later = clock.now() + timedelta(days=366)
    monkeypatch.setattr(clock, "now", lambda: later)
    with unit_of_work():
        services.forget_old()
    assert states() == []
