"""Whoever knows the address of an order gets fresh links, and nobody learns whose address it is."""

from __future__ import annotations

from datetime import timedelta

from shop.core import clock
from tests.downloads.test_downloads import CONTENT, bought, change, fetch
from tests.payments.test_settling import seen


def asked(client, email):
    return client.post("/downloads/", data={"email": email})


def test_fresh_links_come_by_mail_also_for_what_had_ended(client, run_jobs, outbox):
    order = bought()
    bought(email="else@example.org")
    run_jobs()
    change(order, expires_at=clock.now() - timedelta(days=1))
    outbox.messages.clear()
    assert asked(client, "Ruth@example.org").status_code == 303
    run_jobs()
    [mail] = outbox.messages
    assert mail["To"] == "ruth@example.org"
    text = mail.get_body(("plain",)).get_content()
    link = next(line for line in text.splitlines() if "/downloads/" in line)
    assert fetch(client, link.removeprefix("http://localhost")).data == CONTENT
    assert f"/orders/{seen(order).token}" in text


def test_enumeration_of_buyers(client, run_jobs, outbox):
    bought()
    run_jobs()
    outbox.messages.clear()
    known, unknown = asked(client, "ruth@example.org"), asked(client, "nobody@example.org")
    assert (known.status_code, known.headers["Location"], known.data) == (
        unknown.status_code,
        unknown.headers["Location"],
        unknown.data,
    )
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == ["ruth@example.org"]


def test_list_bombing_with_links(client, run_jobs, outbox, limits):
    """One address gets one mail, however often somebody asks; and asking is limited."""
    bought()
    run_jobs()
    outbox.messages.clear()
    answers = [asked(client, "ruth@example.org").status_code for _ in range(7)]
    assert answers == [303] * 5 + [429] * 2
    run_jobs()
    assert len(outbox.messages) == 1


def test_what_is_no_address_is_said_beside_its_field(client):
    for email in ("", "x", "a@b\r\nBcc: c@example.org", "a\x00@example.org", "x" * 400 + "@b.org"):
        answer = asked(client, email)
        assert (answer.status_code, "field__error" in answer.text) == (422, True), email


def test_the_page_is_the_same_for_everyone(client):
    answer = client.get("/downloads/")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "public" in answer.headers["Cache-Control"]
