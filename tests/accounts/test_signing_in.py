"""Coming in and going out."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from flask import Flask
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shop.blueprints.accounts import passwords, services, session_store
from shop.blueprints.accounts.mailed_links import links
from shop.blueprints.accounts.signing_in import landing
from shop.blueprints.accounts.signing_in import limits as guessing
from shop.core.secrets.tokens import random_token
from shop.core.unit_of_work import unit_of_work
from shop.core.web import networks
from shop.core.web.limits import capacity
from shop.extensions import limiter
from tests.factories.accounts import PASSWORD, make_account, sign_in


def attempt(client, email, password=PASSWORD, **more):
    return client.post("/account/sign-in", data={"email": email, "password": password, **more})


def session_cookie(client):
    cookie = client.get_cookie("session")
    return cookie.value if cookie else None


def test_a_person_signs_in_and_out(client):
    account = make_account()
    sign_in(client, account)
    assert account.email in client.get("/account/").text
    client.post("/account/sign-out")
    assert client.get("/account/").status_code == 303


def test_the_address_may_be_written_in_capitals(client):
    make_account(email="ruth@example.org")
    assert attempt(client, " Ruth@Example.ORG ").status_code == 303


@pytest.mark.parametrize(
    ("role", "page"), [("buyer", "/account/orders"), ("moderator", "/admin/"), ("owner", "/admin/")]
)
def test_signing_in_leads_to_ones_work_or_ones_orders(client, role, page):
    account = make_account(role)
    assert attempt(client, account.email).location == page
    assert attempt(client, account.email, next="/shop/").location == "/shop/"


def test_somebody_who_is_in_is_not_asked_again(client):
    sign_in(client, make_account())
    assert client.get("/account/sign-in").location == "/account/orders"
    assert client.get("/account/register").location == "/account/"


def test_no_cookie_before_the_sign_in(client):
    for path in ("/account/sign-in", "/account/register", "/account/reset", "/account/"):
        assert "Set-Cookie" not in client.get(path).headers


def test_own_pages_are_private(client):
    sign_in(client, make_account())
    assert client.get("/account/").headers["Cache-Control"] == "private, no-store"


def test_one_persons_session_is_in_nobody_elses_page(app: Flask):
    member, stranger = app.test_client(), app.test_client()
    sign_in(member, make_account())
    first = member.get("/contact")
    assert "Set-Cookie" not in first.headers
    second = stranger.get("/contact")
    assert "Set-Cookie" not in second.headers
    assert first.data == second.data


def test_signing_one_visitor_in_signs_no_other_in(app: Flask):
    member, stranger = app.test_client(), app.test_client()
    sign_in(member, make_account())
    assert member.get("/account/").status_code == 200
    assert stranger.get("/account/").status_code == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("", PASSWORD),
        ("ruth@example.org", ""),
        ("", ""),
        ("ruth@example.org", "x" * 5000),
        ("ruth@example.org", "wrong but long enough"),
        ("x" * 5000, PASSWORD),
        ("ruth@example.org\r\nBcc: a@example.org", PASSWORD),
        ("مرحبا@example.org", PASSWORD),
        ("ruth@example.org", "\x00\x01😀‮"),
        ("ruth@example.org' OR 1=1 --", PASSWORD),
        ("nobody", PASSWORD),
        ("\x00", PASSWORD),
    ],
)
def test_a_bad_sign_in_is_refused_beside_its_field(client, email, password):
    make_account(email="ruth@example.org")
    answer = attempt(client, email, password)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert session_cookie(client) is None


def test_fields_that_are_not_there_are_missed(client):
    assert client.post("/account/sign-in", data={}).status_code == 422


def test_an_address_that_was_not_confirmed_cant_sign_in(client):
    account = make_account(verified=False)
    assert attempt(client, account.email).status_code == 422


def test_an_account_without_a_password_cant_sign_in(client):
    account = make_account(password=None)
    for password in ("", "None", "the password of nobody"):
        assert attempt(client, account.email, password).status_code == 422


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_enumeration_by_sign_in(client, monkeypatch, guarded):
    account, invited = make_account(), make_account(password=None)
    slow = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=16 * 1024, parallelism=1),))
    monkeypatch.setattr(passwords, "hasher", slow)
    with unit_of_work():
        services.set_password(make_account(email="slow@example.org", password=None), slow.hash("x"))
    passwords.verify("warm", None)
    if not guarded:
        verify = passwords.verify
        monkeypatch.setattr(
            passwords, "verify", lambda word, kept: bool(kept) and verify(word, kept)
        )
    seconds: dict[str, list[float]] = {}
    pages = set()
    for _ in range(7):
        for email in ("slow@example.org", "nobody@example.org", invited.email):
            before = time.thread_time()
            answer = attempt(client, email, "not the password")
            seconds.setdefault(email, []).append(time.thread_time() - before)
            pages.add((answer.status_code, answer.text.replace(email, "…")))
    assert len(pages) == 1
    fastest = [min(each) for each in seconds.values()]  # a busy machine only adds
    assert (max(fastest) < 1.6 * min(fastest)) is guarded, seconds
    assert account.email not in next(iter(pages))[1]


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_session_fixation_by_a_known_token(app: Flask, client, monkeypatch, guarded):
    """A session that an attacker has begun and planted in the browser is not the one that the person then gets."""
    account, attacker = make_account(), make_account()
    sign_in(client, attacker)
    planted = session_cookie(client)
    with client.session_transaction() as session:
        known = session["_user_id"]
    if not guarded:
        monkeypatch.setattr(session_store, "random_token", lambda: known)
    sign_in(client, account)
    thief = app.test_client()
    thief.set_cookie("session", planted)
    assert (account.email in thief.get("/account/").text) is not guarded


def test_session_fixation(client):
    """What an attacker planted in the browser before the sign-in is gone after it."""
    account, attacker = make_account(), make_account()
    sign_in(client, attacker)
    with client.session_transaction() as session:
        session["planted"] = "by the attacker"
    planted = session_cookie(client)
    sign_in(client, account)
    assert session_cookie(client) != planted
    with client.session_transaction() as session:
        assert "planted" not in session
    assert account.email in client.get("/account/").text
    assert attacker.email not in client.get("/account/").text


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_session_revocation(app: Flask, outbox, monkeypatch, guarded):
    """A new password ends every session, here and elsewhere, but the one that asked for it."""
    if not guarded:
        monkeypatch.setattr(session_store, "close_all", lambda _account: None)
    account = make_account()
    here, there = app.test_client(), app.test_client()
    sign_in(here, account)
    sign_in(there, account)
    stolen = session_cookie(here)
    answer = here.post(
        "/account/password", data={"current": PASSWORD, "password": "seven silver spoon songs"}
    )
    assert answer.status_code == 303
    assert here.get("/account/").status_code == 200
    assert (there.get("/account/").status_code == 303) is guarded
    thief = app.test_client()
    thief.set_cookie("session", stolen)
    assert thief.get("/account/").status_code == 303


def test_a_session_that_was_made_up_is_nobodys(client):
    for forged in ("", "x", "e30.x.y", "eyJfdXNlcl9pZCI6IjEifQ.aa.bb"):
        client.set_cookie("session", forged)
        assert client.get("/account/").status_code == 303


def test_the_session_of_an_erased_account_is_nobodys(client):
    account = make_account()
    sign_in(client, account)
    with unit_of_work():
        services.erase(account.email)
    assert client.get("/account/").status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/account/",
        "javascript:alert(1)",
        "%2F%2Fevil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "///evil.example",
        "evil.example",
        "/%5Cevil.example\\",
    ],
)
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_open_redirect(client, monkeypatch, target, guarded):
    if not guarded:
        monkeypatch.setattr(landing, "local_target", lambda target, fallback: target or fallback)
    account = make_account()
    for answer in (
        attempt(client, account.email, next=target),
        client.get(f"/account/sign-in?next={quote(target)}"),
    ):
        assert ((answer.status_code, answer.location) == (303, "/account/orders")) is guarded


def test_after_the_sign_in_one_goes_on_to_where_one_wanted(client):
    account = make_account()
    asked = client.get("/account/details?from=mail")
    assert asked.location == "/account/sign-in?next=/account/details?from%3Dmail"
    form = client.get(asked.location)
    assert 'name="next" value="/account/details?from=mail"' in form.text
    answer = attempt(client, account.email, next="/account/details?from=mail")
    assert answer.location == "/account/details?from=mail"


@pytest.mark.parametrize(
    "path",
    [
        "/account/sign-in",
        "/account/sign-out",
        "/account/register",
        "/account/reset",
        "/account/name",
        "/account/email",
        "/account/password",
        "/account/data/erase",
    ],
)
@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_csrf(client, path, headers):
    account = make_account()
    sign_in(client, account)
    assert client.post(path, headers=headers).status_code == 403
    assert client.get("/account/").status_code == 200


def test_signing_out_takes_a_form(client):
    sign_in(client, make_account())
    assert client.get("/account/sign-out").status_code == 405
    assert client.get("/account/").status_code == 200


def test_guessing_at_one_account_is_limited(client, limits):
    account = make_account()
    answers = [attempt(client, account.email, f"guess {n}").status_code for n in range(11)]
    assert answers == [422] * 10 + [429]
    assert "Retry-After" in attempt(client, account.email.upper()).headers
    assert attempt(client, make_account().email).status_code == 303


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_guesses_on_their_way_at_the_same_time_can_not_pass_the_limit(
    app: Flask, limits, monkeypatch, guarded
):
    """While one guess is being looked at the next arrives, thirteen in all."""
    if not guarded:
        monkeypatch.setattr(limiter.limiter, "hit", lambda *_, **__: True)
    monkeypatch.setattr(
        capacity, "NEVER_WAITS", {"/account/sign-in"}
    )  # each holds the one before it
    account, looked_at = make_account(), []

    def look(email, password):
        looked_at.append(password)
        if len(looked_at) < 13:
            attempt(app.test_client(), email, password)

    monkeypatch.setattr(services, "authenticate", look)
    attempt(app.test_client(), account.email, "a wrong guess")
    assert len(looked_at) == (10 if guarded else 13)


GUESSERS, HOME = "203.0.113.7", "198.51.100.9"


def attempt_from(client, address, email, typed="a wrong guess"):
    return client.post(
        "/account/sign-in",
        data={"email": email, "password": typed},
        environ_overrides={"REMOTE_ADDR": address},
    ).status_code


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_lock_out_by_a_stranger(app: Flask, limits, monkeypatch, guarded):
    """Who guesses at an account until they are stopped keeps its person out of nothing."""
    if not guarded:
        monkeypatch.setattr(guessing, "guesser", guessing.account_named)
    account = make_account()
    guesser, person = app.test_client(), app.test_client()
    while attempt_from(guesser, GUESSERS, account.email) != 429:
        pass
    answer = attempt_from(person, HOME, account.email, PASSWORD)
    assert (answer == 303) is guarded


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_lock_out_by_many_networks(app: Flask, limits, monkeypatch, guarded):
    """Guesses from everywhere are limited together, but for a browser that the person has used before."""
    account = make_account()
    person, stranger = app.test_client(), app.test_client()
    assert attempt_from(person, HOME, account.email, PASSWORD) == 303
    person.post("/account/sign-out")
    codes = [attempt_from(stranger, f"203.0.113.{n % 20}", account.email) for n in range(70)]
    assert codes == [422] * 60 + [429] * 10
    if not guarded:
        monkeypatch.setattr(guessing, "known_device", lambda _email: "")
    assert attempt_from(stranger, HOME, account.email, PASSWORD) == 429
    answer = attempt_from(person, HOME, account.email, PASSWORD)
    assert (answer == 303) is guarded


def test_lock_out_by_a_neighbour(app: Flask, limits):
    """Who uses up the tries of a whole network leaves those of a known device."""
    account = make_account()
    person, neighbour = app.test_client(), app.test_client()
    assert attempt_from(person, HOME, account.email, PASSWORD) == 303
    while attempt_from(neighbour, HOME, f"{random_token()}@example.org") != 429:
        pass
    assert attempt_from(neighbour, HOME, account.email, PASSWORD) == 429
    assert attempt_from(person, HOME, account.email, PASSWORD) == 303


def test_a_link_that_was_mailed_makes_the_device_known(app: Flask, client, outbox):
    account = make_account()
    with app.test_request_context():
        link = links.address(links.RESET, account, account.email)
    client.post(
        link.removeprefix("http://localhost"), data={"password": "seven silver spoon songs"}
    )
    assert client.get_cookie("device")


def test_a_known_device_has_its_limit_too(app: Flask, client, limits):
    account = make_account()
    attempt(client, account.email)
    client.post("/account/sign-out")
    codes = [attempt_from(client, f"203.0.113.{n}", account.email) for n in range(11)]
    assert codes == [422] * 10 + [429]


def test_a_device_is_known_for_those_who_signed_in_there(app: Flask, client, limits):
    """A stranger's own good sign-in opens no way to somebody else's account."""
    account, stranger = make_account(), make_account()
    attempt(client, stranger.email)
    codes = [attempt_from(client, f"203.0.113.{n}", account.email) for n in range(61)]
    assert codes[-1] == 429


def test_the_device_cookie_names_nobody_and_can_not_be_made_up(client):
    account = make_account(email="ruth@example.org")
    attempt(client, account.email)
    assert "ruth" not in client.get_cookie("device").value
    client.set_cookie("device", "made-up")
    assert attempt(client, account.email).status_code == 303


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_customers_ipv6_addresses_and_ports_count_as_one(client, limits, monkeypatch, guarded):
    if not guarded:
        monkeypatch.setattr(networks, "network_around", lambda address: address)
    codes = [
        attempt_from(client, f"[2001:db8:1:2::{n:x}]:{4000 + n}", f"person{n}@example.net")
        for n in range(61)
    ]
    assert (codes[-1] == 429) is guarded


def test_good_sign_ins_do_not_count_as_guesses(client, limits):
    account = make_account()
    assert {attempt(client, account.email).status_code for _ in range(12)} == {303}


def test_guessing_from_one_address_is_limited(client, limits):
    answers = [attempt(client, f"person{n}@example.net").status_code for n in range(61)]
    assert answers == [422] * 60 + [429]
