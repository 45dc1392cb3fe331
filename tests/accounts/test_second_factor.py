"""Beside the password: a code of an app, the password again before something important, a mail about a new device."""

from __future__ import annotations

import re

import pyotp
import pytest
import time_machine
from sqlalchemy import select

from shop.blueprints.accounts import cli, session_store
from shop.blueprints.accounts import services as account_services
from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.second_factor import services
from shop.blueprints.accounts.second_factor.models import Authenticator, RecoveryCode
from shop.blueprints.accounts.settings import AccountSettings
from shop.core import clock, settings
from shop.core.activity import ActivityEntry
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import PASSWORD, make_account, sign_in

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def account(app):
    return make_account("editor", "ed@example.org")


@pytest.fixture
def codes(account):
    """Recovery codes of an account that has a second factor, whose last code is of an hour ago."""
    with time_machine.travel(clock.now().timestamp() - 3600, tick=False), unit_of_work():
        return services.set_up(account, SECRET, code())


def code(steps=0):
    return pyotp.TOTP(SECRET).generate_otp(int(clock.now().timestamp()) // 30 + steps)


def password_of(client, account, **more):
    data = {"email": account.email, "password": PASSWORD}
    return client.post("/account/sign-in", data=data, **more)


def give(client, typed, **more):
    return client.post("/account/sign-in/code", data={"code": typed, **more})


def is_in(client):
    return client.get("/account/").status_code == 200


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_the_password_alone_opens_nothing(client, account, codes, monkeypatch, guarded):
    if not guarded:
        monkeypatch.setattr(
            "shop.blueprints.accounts.signing_in.sessions.has_second_factor", lambda _: False
        )
    answer = password_of(client, account)
    assert is_in(client) is not guarded
    assert ("/account/sign-in/code" in answer.location) is guarded


def test_the_code_opens_and_leads_to_what_was_wanted(client, account, codes):
    answer = client.post(
        "/account/sign-in",
        data={"email": account.email, "password": PASSWORD, "next": "/admin/articles/"},
    )
    page = client.get(answer.location).text
    assert 'value="/admin/articles/"' in page
    answer = give(client, code(), next="/admin/articles/")
    assert (answer.status_code, answer.location) == (303, "/admin/articles/")
    assert is_in(client)


@pytest.mark.parametrize("wrong", ["000000", "", "12345", "x" * 400, "٠٠٠٠٠٠"])
def test_a_wrong_code_opens_nothing(client, account, codes, wrong):
    password_of(client, account)
    assert give(client, wrong).status_code == 422
    assert not is_in(client)


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_wrong(client, account, codes, steps, opens):
    with time_machine.travel(clock.now().timestamp() // 30 * 30 + 15, tick=False):
        password_of(client, account)
        give(client, code(steps))
        assert is_in(client) is opens


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_no_code_opens_twice(app, account, codes, guarded):
    """Who looks over a shoulder has a code that was used."""
    first, second = app.test_client(), app.test_client()
    for client in (first, second):
        password_of(client, account)
    seen = code()
    give(first, seen)
    if not guarded:
        with unit_of_work():
            db.session.get(Authenticator, account.id).last_step = 0
    give(second, seen)
    assert is_in(first)
    assert is_in(second) is not guarded


def test_a_recovery_code_opens_once_however_it_is_typed(app, account, codes):
    for typed, opens in ((codes[0].lower().replace("-", " "), True), (codes[0], False)):
        client = app.test_client()
        password_of(client, account)
        give(client, typed)
        assert is_in(client) is opens
    assert len(codes) == 10
    assert services.recovery_codes_left(account) == 9


def test_guessing_at_codes_is_limited(client, account, codes, limits):
    password_of(client, account)
    answers = [give(client, "000000").status_code for _ in range(11)]
    assert answers[-1] == 429


def test_the_code_is_asked_for_within_ten_minutes_and_for_this_password(client, account, codes):
    with time_machine.travel(clock.now(), tick=True) as traveller:
        password_of(client, account)
        traveller.shift(601)
        assert give(client, code()).status_code == 303
        assert not is_in(client)
        password_of(client, account)
        with unit_of_work():
            account_services.set_password(db.session.get(Account, account.id), "another hash")
        give(client, code())
        assert not is_in(client)


def test_a_code_without_a_password_opens_nothing(client, account, codes):
    assert client.get("/account/sign-in/code").status_code == 303
    give(client, code())
    assert not is_in(client)


def test_what_is_stored_gives_no_code(account, codes):
    stored = db.session.get(Authenticator, account.id).sealed_secret
    assert SECRET not in stored
    hashes = db.session.scalars(select(RecoveryCode.code_hash)).all()
    assert not {each.replace("-", "") for each in codes} & set(hashes)


def test_another_secret_key_leaves_the_recovery_codes(app, account, codes):
    before = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another one, of some length"
    try:
        with pytest.raises(Refused), unit_of_work():
            services.accept_code(account, code())
        with unit_of_work():
            services.accept_code(account, codes[0])
    finally:
        app.config["SECRET_KEY"] = before


def shown_secret(page):
    return re.search(r"<code>((?:[A-Z2-7]{4} ?){8})</code>", page)[1].replace(" ", "")


def hidden_secret(page):
    return re.search(r'name="secret"[^>]*value="([^"]+)"', page)[1]


def test_staff_set_it_up_with_the_password_and_a_code(client, account):
    sign_in(client, account)
    page = client.get("/account/second-factor").text
    assert "<svg" in page
    assert "style=" not in page
    form = {"secret": hidden_secret(page), "current": PASSWORD, "code": "000000"}
    refused = client.post("/account/second-factor", data=form)
    assert refused.status_code == 422
    assert shown_secret(refused.text) == shown_secret(page)
    form["code"] = pyotp.TOTP(shown_secret(page)).at(clock.now())
    assert client.post("/account/second-factor", data=form | {"current": "x"}).status_code == 422
    assert not services.has_second_factor(account)
    done = client.post("/account/second-factor", data=form)
    assert len(re.findall(r">([A-Z2-7]{4}-){5}[A-Z2-7]{4}<", done.text)) == 10
    assert services.has_second_factor(account)


def test_it_is_removed_and_codes_are_made_anew_with_the_password_only(client, account, codes):
    password_of(client, account)
    give(client, code())
    for act in ("recovery-codes", "removal"):
        wrong = client.post(f"/account/second-factor/{act}", data={"password": "wrong"})
        assert wrong.status_code == 422
    made = client.post("/account/second-factor/recovery-codes", data={"password": PASSWORD}).text
    assert codes[0] not in made
    assert services.recovery_codes_left(account) == 10
    client.post("/account/second-factor/removal", data={"password": PASSWORD})
    assert not services.has_second_factor(account)
    assert services.recovery_codes_left(account) == 0


def test_buyers_have_none(client):
    sign_in(client, make_account())
    assert client.get("/account/second-factor").status_code == 404


def require():
    with unit_of_work():
        settings.change(AccountSettings, {"second_factor_required": True})


def test_an_owner_can_require_it(app, client, account):
    sign_in(client, account)
    require()
    for path in ("/admin/", "/admin/articles/"):
        assert client.get(path).location == "/account/second-factor"
    assert client.post("/admin/articles/new", data={"title": "x"}).status_code == 303
    with unit_of_work():
        services.set_up(account, SECRET, code())
    assert client.get("/admin/articles/").status_code == 200
    buyer = sign_in(app.test_client(), make_account())
    assert buyer.get("/admin/").status_code == 403


def test_an_owner_and_the_command_line_take_it_from_who_lost_the_app(app, client, account, codes):
    sign_in(client, make_account("owner"))
    assert "Remove the second factor" in client.get(f"/admin/users/{account.id}").text
    client.post(f"/admin/users/{account.id}/second-factor/removal")
    assert not services.has_second_factor(account)
    with unit_of_work():
        services.set_up(account, SECRET, code())
    run = app.test_cli_runner().invoke(cli.user, ["reset-second-factor", account.email])
    assert run.exit_code == 0, run.output
    assert not services.has_second_factor(account)
    acts = db.session.scalars(select(ActivityEntry.act).order_by(ActivityEntry.id)).all()
    assert acts[-1] == "shop user reset-second-factor"


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_the_password_is_asked_for_again_before_something_important(
    app, client, monkeypatch, guarded
):
    if not guarded:
        monkeypatch.setattr(session_store, "was_proved", lambda _token: True)
    other = make_account()
    with time_machine.travel(clock.now(), tick=True) as traveller:
        sign_in(client, make_account("owner"))
        traveller.shift(16 * 60)
        form = {"name": "Rut & co", "role": "moderator", "given": ["newsletter.manage"]}
        page = client.post(f"/admin/users/{other.id}", data=form)
        assert (page.status_code == 422) is guarded
        export = client.get("/admin/orders/export?as=csv", buffered=True)
        assert (export.status_code == 303) is guarded
        assert client.get(f"/admin/users/{other.id}").status_code == 200  # looking is free
        if not guarded:
            return
        assert "Rut &amp; co" in page.text
        assert "newsletter.manage" in page.text
        wrong = client.post(f"/admin/users/{other.id}", data=form | {"proof": "wrong"})
        assert wrong.status_code == 422
        assert "Rut &amp; co" in wrong.text
        done = client.post(f"/admin/users/{other.id}", data=form | {"proof": PASSWORD})
        assert done.status_code == 303
        db.session.expire_all()
        assert db.session.get(Account, other.id).name == "Rut & co"
        assert client.get("/admin/orders/export?as=csv", buffered=True).status_code == 200


def test_after_the_password_one_goes_on_to_the_export(client):
    with time_machine.travel(clock.now(), tick=True) as traveller:
        sign_in(client, make_account("bookkeeper"))
        traveller.shift(16 * 60)
        asked = client.get("/admin/orders/export?state=paid").location
        assert "Confirm your password" in client.get(asked).text
        assert client.post(asked, data={"proof": "wrong"}).status_code == 422
        assert client.post(asked, data={"proof": PASSWORD}).location == (
            "/admin/orders/export?state=paid"
        )
        assert client.get("/admin/orders/export?state=paid").status_code == 200


def test_guessing_at_the_password_of_an_open_session_is_limited(client, limits):
    sign_in(client, make_account("owner"))
    answers = [
        client.post("/account/proof", data={"proof": "wrong"}).status_code for _ in range(21)
    ]
    assert answers[-1] == 429


def test_a_new_device_is_told_of_by_mail(app, client, account, outbox, run_jobs):
    sign_in(client, account)
    run_jobs()
    assert outbox.messages == []  # the first sign-in of all
    sign_in(client, account)
    run_jobs()
    assert outbox.messages == []  # the same browser
    firefox = {
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    }
    password_of(app.test_client(), account, headers=firefox)
    run_jobs()
    [mail] = outbox.messages
    assert mail["To"] == account.email
    assert "Firefox · Linux" in mail.get_body(("plain",)).get_content()


def test_a_buyer_gets_no_mail_about_devices(app, outbox, run_jobs):
    buyer = make_account()
    for _ in range(2):
        sign_in(app.test_client(), buyer)
    run_jobs()
    assert outbox.messages == []


@pytest.mark.parametrize(
    "path", ["sign-in/code", "second-factor", "second-factor/removal", "proof"]
)
def test_csrf_of_second_factors(client, account, path):
    sign_in(client, account)
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"/account/{path}", headers=headers).status_code == 403
