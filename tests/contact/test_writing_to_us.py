"""Visitors write; nothing is lost, nothing is forged."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from shop.blueprints.accounts.models import Role
from shop.blueprints.contact.models import Message
from shop.core import settings
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import controls
from tests.factories.accounts import make_account

GOOD = {"name": "Ruth", "email": "ruth@example.org", "message": "The fourth key is missing a word."}
THANKS = "Thanks for contacting us! We&#39;ll get back to you as soon as possible."


def all_messages():
    return db.session.scalars(select(Message)).all()


def test_a_message_is_stored_and_thanked_for_once(client):
    answer = client.post("/contact", data=GOOD)
    assert (answer.status_code, answer.location) == (303, "/contact")
    assert THANKS in client.get("/contact").text
    assert THANKS not in client.get("/contact").text
    assert [message.body for message in all_messages()] == [GOOD["message"]]


def test_the_owner_gets_it_with_an_address_to_answer(client, outbox, run_jobs):
    with unit_of_work():
        settings.change(SiteSettings, {"owner_email": "owner@example.org"})
    client.post("/contact", data=GOOD)
    run_jobs()
    [mail] = outbox.messages
    assert (mail["To"], mail["Reply-To"]) == ("owner@example.org", "ruth@example.org")
    assert GOOD["message"] in mail.get_body(("plain",)).get_content()


def test_without_an_address_in_the_settings_the_first_owner_gets_it(client, outbox, run_jobs):
    for email in ("first@example.org", "second@example.org"):
        make_account(Role.OWNER, email=email)
    client.post("/contact", data=GOOD)
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == ["first@example.org"]


def test_without_an_owner_the_inbox_keeps_it(client, run_jobs):
    client.post("/contact", data=GOOD)
    run_jobs()
    assert len(all_messages()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 81),
        ("email", "nobody"),
        ("email", "a@" + "b" * 300 + ".org"),
        ("message", ""),
        ("message", "x" * 5001),
    ],
)
def test_a_bad_field_is_said_beside_it_and_the_rest_is_kept(client, field, value):
    answer = client.post("/contact", data={**GOOD, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    kept = "email" if field != "email" else "message"
    assert GOOD[kept] in answer.text
    assert "Thanks" not in answer.text
    assert all_messages() == []


@pytest.mark.parametrize("field", ["name", "email"])
@pytest.mark.parametrize("ending", ["\r\nBcc: all@example.org", "\nSubject: x", "\x00"])
def test_mail_header_injection(client, field, ending):
    assert client.post("/contact", data={**GOOD, field: GOOD[field] + ending}).status_code == 422
    assert all_messages() == []


def test_mail_placeholder(client, outbox, run_jobs):
    with unit_of_work():
        settings.change(SiteSettings, {"owner_email": "owner@example.org"})
    client.post("/contact", data={**GOOD, "name": "{{7*7}}", "message": "{x.__class__} {{7*7}} %s"})
    run_jobs()
    [mail] = outbox.messages
    assert mail["Subject"].startswith("{{7*7}} wrote")
    assert "{x.__class__} {{7*7}} %s" in mail.get_body(("plain",)).get_content()


@controls.on_sqlite
def test_control_mail_placeholder(client, outbox, run_jobs):
    with controls.failing_without("values are no templates"):
        test_mail_placeholder(client, outbox, run_jobs)


def test_scripts_of_other_worlds_come_through(client):
    client.post("/contact", data={**GOOD, "name": "رُوث 🌿", "message": "שלום\n\n🙂"})
    [message] = all_messages()
    assert (message.name, message.body) == ("رُوث 🌿", "שלום\n\n🙂")


@pytest.mark.parametrize(
    "header", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_csrf(client, header):
    assert client.post("/contact", data=GOOD, headers=header).status_code == 403
    assert all_messages() == []


@controls.on_sqlite
def test_control_csrf(client):
    with controls.failing_without("cross-site guard"):
        test_csrf(client, {"Sec-Fetch-Site": "cross-site"})


def test_a_sender_of_many_is_asked_to_wait(client, limits):
    answers = [client.post("/contact", data=GOOD) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
