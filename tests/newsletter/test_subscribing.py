"""Asking for letters: only the owner of an address can mean it, and nobody learns who did."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from shop.blueprints.newsletter import services
from shop.blueprints.newsletter.models import NewsletterSubscriber, SignUp, SubscriberState
from shop.core import clock
from shop.core.jobs import running
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api.events import SubscriberConfirmed
from tests import controls
from tests.factories.newsletter import make_subscriber

EMAIL = "ruth@example.org"
THANKS = "Thanks for subscribing"


def the_subscriber() -> NewsletterSubscriber | None:
    return db.session.scalar(select(NewsletterSubscriber))


def links_of(mail):
    text = mail.get_body(("plain",)).get_content() + (mail["List-Unsubscribe"] or "")
    return re.findall(r"http://localhost(/[^\s<>]+)", text)


def confirm_link(outbox) -> str:
    return next(link for link in links_of(outbox.messages[-1]) if "/confirm/" in link)


@contextmanager
def statements_into(seen: list[str]):
    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield
    event.remove(db.engine, "before_cursor_execute", note)


def travel(monkeypatch, **ahead) -> None:
    moment = clock.now() + timedelta(**ahead)
    monkeypatch.setattr(clock, "now", lambda: moment)
    monkeypatch.setattr("time.time", moment.timestamp)


def test_whoever_presses_the_button_in_our_mail_is_subscribed(client, outbox, run_jobs, published):
    answer = client.post("/newsletter", data={"email": "Ruth@Example.org"})
    assert (answer.status_code, answer.location) == (303, "/newsletter")
    page = client.get("/newsletter").text
    assert THANKS in page
    assert "We have sent you an email. Press the button in it to confirm your address." in page
    assert THANKS not in client.get("/newsletter").text
    run_jobs()
    assert the_subscriber().state == SubscriberState.PENDING
    link = confirm_link(outbox)
    assert "Yes, subscribe me" in client.get(link).text
    assert client.post(link).status_code == 303
    assert "You are subscribed" in client.get(link).text
    run_jobs()
    assert (the_subscriber().email, the_subscriber().state) == (EMAIL, SubscriberState.CONFIRMED)
    assert [type(fact) for fact in published].count(SubscriberConfirmed) == 1
    assert len(outbox.messages) == 1


def test_confirming_twice_publishes_once(client, outbox, run_jobs, published):
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    for _ in range(2):
        assert client.post(confirm_link(outbox)).status_code == 303
    assert [type(fact) for fact in published].count(SubscriberConfirmed) == 1


def test_what_was_agreed_to_is_on_record_without_the_network_address(client, outbox, run_jobs):
    client.post(
        "/newsletter", data={"email": EMAIL}, headers={"Referer": "http://localhost/contact?a=b"}
    )
    run_jobs()
    subscriber = the_subscriber()
    assert subscriber.asked_on == "/contact"
    assert re.fullmatch("[0-9a-f]{64}", subscriber.address_key)
    assert "127.0.0.1" not in repr(vars(subscriber))


def test_confirm_prefetch(client, outbox, run_jobs, published):
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    before = len(published)
    for link in links_of(outbox.messages[0]):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert client.open(link, method=method).status_code == 200
    assert the_subscriber().state == SubscriberState.PENDING
    assert len(published) == before


@controls.on_sqlite
def test_control_confirm_prefetch(client, outbox, run_jobs, published):
    with controls.failing_without("looking changes nothing"):
        test_confirm_prefetch(client, outbox, run_jobs, published)


def test_a_link_of_last_week_says_so_and_offers_to_ask_anew(client, outbox, run_jobs, monkeypatch):
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    link = confirm_link(outbox)
    travel(monkeypatch, days=7, minutes=1)
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 410
        assert 'action="/newsletter"' in answer.text
    assert the_subscriber().state == SubscriberState.PENDING


def test_a_link_whose_address_was_forgotten_is_gone(client, outbox, run_jobs):
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    with unit_of_work():
        services.erase(EMAIL)
    assert client.post(confirm_link(outbox)).status_code == 410


@pytest.mark.parametrize("token", ["x", "a.b.c", "%F0%9F%99%82", "1" * 2000])
def test_a_link_that_is_none_of_ours_is_not_found(client, token):
    for path in ("confirm", "unsubscribe"):
        assert client.get(f"/newsletter/{path}/{token}").status_code == 404
        assert client.post(f"/newsletter/{path}/{token}").status_code == 404


def test_a_link_for_leaving_confirms_nothing(client):
    subscriber = make_subscriber(state=SubscriberState.PENDING)
    assert client.post(f"/newsletter/confirm/{subscriber.token}").status_code == 404


@pytest.mark.parametrize(
    "email",
    [
        "",
        "   ",
        "nobody",
        "a@b",
        "a@" + "b" * 300 + ".org",
        "a b@example.org",
        "ruth@example.org, all@example.org",
        "<script>@example.org",
        "🙂@example.org",
        "رُوث@example.org",
        "1e99",
    ],
)
def test_a_bad_address_is_said_beside_its_field_and_kept(client, email):
    answer = client.post("/newsletter", data={"email": email})
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    assert THANKS not in answer.text
    assert "<script>@" not in answer.text
    if email.strip() and email.isalnum():
        assert f'value="{email}"' in answer.text
    assert db.session.scalars(select(SignUp)).all() == []


def test_no_field_at_all_is_refused(client):
    assert client.post("/newsletter").status_code == 422


@pytest.mark.parametrize("body", [{"email": EMAIL}, {"email": 5}, {"email": [{}]}, [1], "x", None])
def test_json_is_no_form(client, body):
    assert client.post("/newsletter", json=body).status_code == 422


@pytest.mark.parametrize("ending", ["\r\nBcc: all@example.org", "\nSubject: x", "\x00", "\x1b"])
def test_mail_header_injection(client, ending):
    assert client.post("/newsletter", data={"email": EMAIL + ending}).status_code == 422
    assert db.session.scalars(select(SignUp)).all() == []


def test_mail_placeholder(client, outbox, run_jobs):
    client.post("/newsletter", data={"email": "{{1234*5678}}@example.org"})
    run_jobs()
    [mail] = outbox.messages
    assert mail["To"] == "{{1234*5678}}@example.org"
    shown = client.get(confirm_link(outbox)).text.split("<main")[1].split("</main>")[0]
    assert "7006652" not in shown


@pytest.mark.parametrize(
    "header",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "http://["}],
)
def test_csrf(client, outbox, run_jobs, header):
    assert client.post("/newsletter", data={"email": EMAIL}, headers=header).status_code == 403
    assert db.session.scalars(select(SignUp)).all() == []
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    assert client.post(confirm_link(outbox), headers=header).status_code == 403
    assert the_subscriber().state == SubscriberState.PENDING


def test_enumeration(client, outbox, run_jobs):
    """The same bytes for every state, and the same statements: nothing is looked up before the answer."""
    for state in SubscriberState:
        make_subscriber(f"{state}@example.org", state)
    client.get("/newsletter")  # settings are read once
    seen = set()
    for email in ("unknown@example.org", *(f"{state}@example.org" for state in SubscriberState)):
        statements = []
        with statements_into(statements):
            answer = client.post("/newsletter", data={"email": email})
        cookie = re.sub("(notice|Expires)=[^;]+", "", answer.headers["Set-Cookie"])
        page = client.get("/newsletter").text
        seen.add(
            (answer.status_code, answer.location, cookie, answer.data, page, tuple(statements))
        )
    assert len(seen) == 1
    run_jobs()


def test_list_bombing(client, outbox, run_jobs, monkeypatch):
    """However often somebody types an address, its owner gets one message a day."""
    for _ in range(30):
        client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    client.post("/newsletter", data={"email": EMAIL.upper()})
    run_jobs()
    assert len(outbox.messages) == 1
    travel(monkeypatch, hours=25)
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    assert len(outbox.messages) == 2


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_list_bombing_under_many_addresses_of_one_mailbox(
    client, outbox, run_jobs, monkeypatch, guarded
):
    if not guarded:
        monkeypatch.setattr(services, "take_turn", lambda *_, **__: True)
    for number in range(22):
        client.post("/newsletter", data={"email": f"reader+{number}@example.org"})
    run_jobs()
    assert len(outbox.messages) == (1 if guarded else 22)


def test_list_bombing_seen_to_by_several_workers(app, client, outbox):
    for _ in range(12):
        client.post("/newsletter", data={"email": EMAIL})

    def work(_number: int) -> None:
        with app.app_context():
            running.run_due()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    running.run_due()
    assert len(outbox.messages) == 1
    assert db.session.scalars(select(SignUp)).all() == []


def test_list_bombing_of_many_addresses_by_one_sender(client, limits):
    answers = [
        client.post("/newsletter", data={"email": f"reader{number}@example.org"})
        for number in range(12)
    ]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_robot_that_fills_the_trap_is_thanked_and_ignored(client, run_jobs):
    answer = client.post("/newsletter", data={"email": EMAIL, "website": "https://spam.example"})
    assert answer.status_code == 303
    run_jobs()
    assert the_subscriber() is None


def test_who_has_letters_already_gets_no_message(client, run_jobs):
    make_subscriber(EMAIL)
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    assert the_subscriber().state == SubscriberState.CONFIRMED


def test_an_asking_that_is_delivered_twice_sends_one_message(client, outbox, run_jobs, published):
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    assert services.see_to_sign_up(published[0]) is None
    run_jobs()
    assert len(outbox.messages) == 1


def test_addresses_that_never_answer_are_forgotten(app, client, outbox, run_jobs, monkeypatch):
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    make_subscriber("kept@example.org")
    make_subscriber("gone@example.org", SubscriberState.LEFT)
    travel(monkeypatch, days=7, hours=1)
    with unit_of_work():
        services.forget_unanswered()
    left = set(db.session.scalars(select(NewsletterSubscriber.email)))
    assert left == {"kept@example.org", "gone@example.org"}
    travel(monkeypatch, days=366)
    with unit_of_work():
        services.forget_unanswered()
    assert set(db.session.scalars(select(NewsletterSubscriber.email))) == {"kept@example.org"}


def test_who_left_and_does_not_answer_again_has_still_left(client, outbox, run_jobs, monkeypatch):
    make_subscriber(EMAIL, SubscriberState.LEFT)
    client.post("/newsletter", data={"email": EMAIL})
    run_jobs()
    assert the_subscriber().state == SubscriberState.PENDING
    travel(monkeypatch, days=8)
    with unit_of_work():
        services.forget_unanswered()
    assert the_subscriber().state == SubscriberState.LEFT


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("http://localhost/contact", "/contact"),
        ("http://localhost/contact?a=b", "/contact?a=b"),
        ("https://evil.example/contact", "/newsletter"),
        ("http://localhost//evil.example", "/newsletter"),
        ("http://localhost/\\evil.example", "/newsletter"),
        ("http://localhost@evil.example/", "/newsletter"),
        ("http://localhost/%2F%2Fevil.example", "/newsletter"),
        ("javascript:alert(1)", "/newsletter"),
        ("http://[", "/newsletter"),
        ("", "/newsletter"),
    ],
)
def test_open_redirect(client, run_jobs, referrer, back):
    headers = {"Referer": referrer, "Sec-Fetch-Site": "same-origin"}
    answer = client.post("/newsletter", data={"email": EMAIL}, headers=headers)
    place = "" if back == "/newsletter" else "#newsletter"
    assert (answer.status_code, answer.location) == (303, back + place)


def test_nobody_is_led_to_a_page_that_only_takes_posts(client):
    referrer = "http://localhost/newsletter/unsubscribe/x/undo"
    answer = client.post("/newsletter", data={"email": EMAIL}, headers={"Referer": referrer})
    assert answer.location == "/newsletter"


def test_the_form_stands_in_the_footer_but_not_beside_itself(client):
    assert client.get("/contact").text.count('action="/newsletter"') == 1
    assert client.get("/newsletter").text.count('action="/newsletter"') == 1


def test_the_page_is_the_same_for_everyone(client):
    answer = client.get("/newsletter")
    assert answer.headers["Cache-Control"].startswith("public")
    assert "Set-Cookie" not in answer.headers
