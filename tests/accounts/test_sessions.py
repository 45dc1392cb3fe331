"""A session is a row of ours: whoever ends it, it has ended."""

from __future__ import annotations

import hashlib
import runpy
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select

from shop.blueprints.accounts import services, session_store
from shop.blueprints.accounts.models import AccountSession
from shop.blueprints.accounts.profile import session_pages
from shop.blueprints.accounts.settings import AccountSettings
from shop.blueprints.accounts.signing_in.devices import device_of
from shop.core import clock, settings
from shop.core.secrets.tokens import hashed_token, random_token
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import PASSWORD, make_account, sign_in

MIGRATIONS = Path(__file__).parents[2] / "migrations" / "versions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def account(app):
    return make_account(email="ruth@example.org")


def is_in(browser):
    return browser.get("/account/").status_code == 200


def copy_of(app, browser):
    """Another browser with the same cookie, as a thief has it."""
    thief = app.test_client()
    thief.set_cookie("session", browser.get_cookie("session").value)
    return thief


def rows():
    db.session.expire_all()
    return db.session.scalars(select(AccountSession).order_by(AccountSession.id)).all()


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_session_revocation_by_signing_out(app, client, account, monkeypatch, guarded):
    """Signing out ends the session on the server: a cookie that was copied before opens nothing."""
    if not guarded:
        monkeypatch.setattr(session_store, "close_session", lambda _token: None)
    sign_in(client, account)
    thief = copy_of(app, client)
    assert is_in(thief)
    client.post("/account/sign-out")
    assert is_in(thief) is not guarded


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_session_revocation_by_another_role(app, client, account, monkeypatch, guarded):
    sign_in(client, account)
    owner = sign_in(app.test_client(), make_account("owner"))
    if not guarded:
        monkeypatch.setattr(session_store, "close_all", lambda _account: None)
    owner.post(f"/admin/users/{account.id}", data={"name": "Ruth", "role": "editor"})
    assert is_in(client) is not guarded
    assert is_in(owner)


def test_another_name_ends_no_session(app, client, account):
    sign_in(client, account)
    owner = sign_in(app.test_client(), make_account("owner"))
    owner.post(f"/admin/users/{account.id}", data={"name": "Rut", "role": "buyer"})
    assert is_in(client)


def test_the_owner_ends_anybodys_sessions(app, client, account):
    sign_in(client, account)
    owner = sign_in(app.test_client(), make_account("owner"))
    assert "Sign out everywhere" in owner.get(f"/admin/users/{account.id}").text
    owner.post(f"/admin/users/{account.id}/sessions/end")
    assert not is_in(client)
    assert is_in(owner)


def test_only_who_may_ends_anybodys_sessions(app, client, account):
    sign_in(client, account)
    for stranger in (app.test_client(), sign_in(app.test_client(), make_account("editor"))):
        stranger.post(f"/admin/users/{account.id}/sessions/end")
    assert is_in(client)


def test_a_person_sees_where_they_are_signed_in(app, client, account):
    sign_in(client, account)
    app.test_client().post(
        "/account/sign-in",
        data={"email": account.email, "password": "four quiet willow boats"},
        headers={"User-Agent": FIREFOX},
    )
    page = client.get("/account/sessions").text
    assert "Firefox · Linux" in page
    assert page.count("this device") == 1


def test_a_person_ends_one_of_their_sessions(app, client, account):
    sign_in(client, account)
    elsewhere = sign_in(app.test_client(), account)
    client.post(f"/account/sessions/{rows()[1].id}/end")
    assert is_in(client)
    assert not is_in(elsewhere)


def test_a_person_ends_all_others(app, client, account):
    sign_in(client, account)
    others = [sign_in(app.test_client(), account) for _ in range(2)]
    client.post("/account/sessions/end-others")
    assert is_in(client)
    assert not any(is_in(other) for other in others)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_browser_left_open_ends_no_other_without_the_password(
    app, client, account, monkeypatch, guarded
):
    if not guarded:
        monkeypatch.setattr(session_pages, "ask_unless_proved", lambda: None)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        sign_in(client, account)
        elsewhere = sign_in(app.test_client(), account)
        other = rows()[1].id
        traveller.shift(16 * 60)
        asked = client.post("/account/sessions/end-others")
        client.post(f"/account/sessions/{other}/end")
        assert is_in(elsewhere) is guarded
        if guarded:
            assert (asked.status_code, "Password" in asked.text) == (422, True)
            client.post("/account/sessions/end-others", data={"proof": PASSWORD})
            assert not is_in(elsewhere)


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_session_idor(app, client, account, monkeypatch, guarded):
    """Nobody ends a stranger's session by its number."""
    if not guarded:
        monkeypatch.setattr(
            session_store,
            "close_one",
            lambda _account, number: db.session.delete(db.session.get(AccountSession, number)),
        )
    sign_in(client, account)
    stranger = sign_in(app.test_client(), make_account())
    answer = stranger.post(f"/account/sessions/{rows()[0].id}/end")
    nothing = stranger.post("/account/sessions/999999/end") if guarded else answer
    assert (answer.status_code, answer.location) == (nothing.status_code, nothing.location)
    assert is_in(client) is guarded


@pytest.mark.parametrize(
    ("role", "hours"), [("buyer", 336), ("moderator", 24), ("editor", 24), ("owner", 24)]
)
def test_a_session_without_visits_ends(client, role, hours):
    with time_machine.travel(clock.now(), tick=True) as traveller:
        sign_in(client, make_account(role))
        traveller.shift(hours * 3600 - 60)
        assert is_in(client)  # and this visit counts
        traveller.shift(hours * 3600 - 60)
        assert is_in(client)
        traveller.shift(hours * 3600 + 1)
        assert not is_in(client)


@pytest.mark.parametrize(("role", "days"), [("buyer", 30), ("owner", 14)])
def test_a_session_ends_however_often_its_person_comes(client, role, days):
    with time_machine.travel(clock.now(), tick=True) as traveller:
        sign_in(client, make_account(role))
        for _ in range(days * 2 - 1):
            traveller.shift(12 * 3600)
            assert is_in(client)
        traveller.shift(12 * 3600)
        assert not is_in(client)


def test_the_owner_says_when_sessions_end(client, account):
    with unit_of_work():
        settings.change(AccountSettings, {"idle_hours": 1})
    with time_machine.travel(clock.now(), tick=True) as traveller:
        sign_in(client, account)
        traveller.shift(3601)
        assert not is_in(client)


def test_a_visit_is_noted_now_and_then_only(client, account):
    with time_machine.travel(clock.now(), tick=True) as traveller:
        sign_in(client, account)
        begun = rows()[0].seen_at
        is_in(client)
        assert rows()[0].seen_at == begun
        traveller.shift(301)
        is_in(client)
        assert rows()[0].seen_at > begun


def test_a_page_for_everybody_asks_for_no_session(client, account, app):
    sign_in(client, account)
    with time_machine.travel(clock.now(), tick=True) as traveller:
        begun = rows()[0].seen_at
        traveller.shift(3600)
        client.get("/contact")
        assert rows()[0].seen_at == begun


def test_what_is_stored_opens_nothing(app, client, account):
    """Who reads the database can't use a session."""
    sign_in(client, account)
    with client.session_transaction() as session:
        token = session["_user_id"]
    [row] = rows()
    assert token not in (row.token_hash, account.link_key)
    thief = app.test_client()
    with thief.session_transaction() as session:
        session["_user_id"] = row.token_hash
    assert not is_in(thief)


def test_sessions_go_with_the_account(client, account):
    sign_in(client, account)
    with unit_of_work():
        services.erase(account.email)
    assert db.session.scalar(select(func.count()).select_from(AccountSession)) == 0


def test_sessions_that_are_over_are_forgotten(client, account):
    with time_machine.travel(clock.now(), tick=True) as traveller:
        sign_in(client, account)
        traveller.shift(90 * 24 * 3600 + 1)
        with unit_of_work():
            session_store.forget_ended()
        assert rows() == []


def test_ones_sessions_are_part_of_ones_data(client, account):
    sign_in(client, account)
    [own] = client.get("/account/data.json").json["account"]
    assert [set(each) for each in own["signed_in"]] == [{"device", "since", "last_visit"}]


@pytest.mark.parametrize("path", ["sessions/1/end", "sessions/end-others"])
def test_csrf_of_sessions(client, account, path):
    sign_in(client, account)
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"/account/{path}", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox · Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
            "Safari/537.36 Edg/142.0.0.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.6 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_words(user_agent, device):
    assert device_of(user_agent) == device


def test_a_hash_from_before_is_the_beginning_of_what_is_kept_now():
    """So the update signs nobody out, and recovery codes that people have still open."""
    shortened = runpy.run_path(str(MIGRATIONS / "0023_one_hash.py"))["shortened"]
    token = random_token()
    assert shortened(hashlib.sha256(token.encode()).hexdigest()) == hashed_token(token)
