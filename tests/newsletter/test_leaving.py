"""Leaving: one button, for people and for their mail programs; a scanner does not leave."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from shop.blueprints.newsletter.models import NewsletterSubscriber, SubscriberState
from shop.core.mail.messages import as_message
from shop.core.mail.models import Mail
from shop.extensions import db
from shop.plugins.api.events import SubscriberLeft
from tests import controls
from tests.factories.newsletter import make_subscriber
from tests.newsletter.test_subscribing import EMAIL, links_of, travel

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
CROSS_SITE = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"}


@pytest.fixture
def subscriber(app) -> NewsletterSubscriber:
    return make_subscriber(EMAIL)


@pytest.fixture
def link(subscriber) -> str:
    return f"/newsletter/unsubscribe/{subscriber.token}"


def state() -> str:
    return db.session.scalars(select(NewsletterSubscriber)).one().state


def test_one_button_and_they_are_gone(client, link, published):
    assert "Unsubscribe" in client.get(link).text
    answer = client.post(link)
    assert (answer.status_code, answer.location) == (303, link)
    assert "You are unsubscribed" in client.get(link).text
    assert state() == SubscriberState.LEFT
    assert client.post(link).status_code == 303
    assert [type(event) for event in published] == [SubscriberLeft]


def test_unsubscribe_prefetch(client, link, published):
    for method in ("GET", "HEAD", "OPTIONS"):
        assert client.open(link, method=method).status_code == 200
    assert state() == SubscriberState.CONFIRMED
    assert published == []


@controls.on_sqlite
def test_control_unsubscribe_prefetch(client, link, published):
    with controls.failing_without("looking changes nothing"):
        test_unsubscribe_prefetch(client, link, published)


def test_a_mail_program_leaves_with_one_click_and_no_redirect(client, link):
    for _ in range(2):  # RFC 8058: a repeat is no error
        answer = client.post(link, data=ONE_CLICK, headers=CROSS_SITE)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    assert state() == SubscriberState.LEFT


def test_a_mail_program_may_send_a_multipart_form(client, link):
    answer = client.post(link, data=ONE_CLICK, content_type="multipart/form-data")
    assert answer.status_code == 200
    assert state() == SubscriberState.LEFT


def test_csrf(client, link):
    assert client.post(link, headers=CROSS_SITE).status_code == 403
    assert client.post(link + "/undo", headers=CROSS_SITE).status_code == 403
    assert state() == SubscriberState.CONFIRMED


def test_a_slip_can_be_taken_back_for_a_day(client, link, monkeypatch):
    client.post(link)
    assert "Stay subscribed" in client.get(link).text
    assert client.post(link + "/undo").status_code == 303
    assert state() == SubscriberState.CONFIRMED
    client.post(link)
    travel(monkeypatch, hours=25)
    page = client.get(link).text
    assert "Stay subscribed" not in page
    assert 'action="/newsletter"' in page
    assert client.post(link + "/undo").status_code == 303
    assert state() == SubscriberState.LEFT


def test_who_never_confirmed_cannot_slip_in_by_leaving(client):
    subscriber = make_subscriber(state=SubscriberState.PENDING)
    link = f"/newsletter/unsubscribe/{subscriber.token}"
    client.post(link)
    client.post(link + "/undo")
    assert state() == SubscriberState.LEFT


def test_who_left_can_come_back_the_long_way_at_once(client, outbox, run_jobs):
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    [confirm, *_] = links_of(outbox.messages[0])
    client.post(confirm)
    [subscriber] = db.session.scalars(select(NewsletterSubscriber))
    client.post(f"/newsletter/unsubscribe/{subscriber.token}")
    assert client.get(confirm).status_code == 410
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    assert len(outbox.messages) == 2
    client.post(confirm)
    assert state() == SubscriberState.CONFIRMED


def test_the_address_for_leaving_stays_readable_on_the_wire(client, outbox, run_jobs):
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    long_origin = "https://a-bookstall-with-a-rather-long-name.example.org"
    mail = db.session.scalars(select(Mail)).one()
    headers = {
        name: value.replace("http://localhost", long_origin) for name, value in mail.headers.items()
    }
    mail.headers = headers
    wire = as_message(mail).as_bytes().decode()
    db.session.rollback()
    assert f"\r\nList-Unsubscribe: <{long_origin}/newsletter/unsubscribe/" in wire
    assert "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in wire
