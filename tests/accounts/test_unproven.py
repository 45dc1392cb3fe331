"""A password that nobody proved opens nothing: whoever has the mailbox decides, not who was there first."""

from __future__ import annotations

import re

import pytest

from shop.blueprints.accounts import cli, queries, services
from shop.blueprints.accounts.models import Account
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import PASSWORD, make_account, sign_in

EMAIL = "ruth@example.org"
ATTACKERS = "the attackers own words"
OWN = "seven silver spoon songs"


@pytest.fixture
def squatted(client, run_jobs, outbox):
    """A stranger has registered a future editor's address."""
    client.post(
        "/account/register", data={"name": "Mallory", "email": EMAIL, "password": ATTACKERS}
    )
    run_jobs()
    outbox.messages.clear()
    return queries.account_of(EMAIL)


@pytest.fixture
def owner(app):
    return sign_in(app.test_client(), make_account("owner", email="owner@example.org"))


def the_account():
    db.session.expire_all()
    return queries.account_of(EMAIL)


def link_in(mail):
    text = mail.get_body(("plain",)).get_content()
    return re.search(r"http://localhost(/account/\S+/\S+)", text)[1]


def invited(owner):
    owner.post("/admin/users/new", data={"name": "Ruth", "email": EMAIL, "role": "editor"})


def promoted(owner):
    edit = f"/admin/users/{the_account().id}"
    owner.post(edit, data={"name": "Ruth", "role": "editor"})
    owner.post(f"{edit}/verified")


def vouched_for(owner):
    owner.post(f"/admin/users/{the_account().id}/verified")


@pytest.mark.parametrize("made_somebody", [invited, promoted, vouched_for])
@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_pre_hijacking(
    app, client, squatted, owner, run_jobs, outbox, monkeypatch, made_somebody, guarded
):
    """Whatever staff does with the address, the stranger's password opens nothing, and mail brings its owner in."""
    if not guarded:
        kept = squatted.password_hash
        monkeypatch.setattr(services, "_invite_anew", lambda _account: None)
        monkeypatch.setattr(
            services,
            "_replace",
            lambda account, wanted: services.confirm(account),
        )
    made_somebody(owner)
    if not guarded:
        assert the_account().password_hash == kept
    stranger = app.test_client().post(
        "/account/sign-in", data={"email": EMAIL, "password": ATTACKERS}
    )
    assert (stranger.status_code == 422) is guarded
    if guarded:
        run_jobs()
        link = link_in(outbox.messages[-1])
        assert outbox.messages[-1]["To"] == EMAIL
        assert client.post(link, data={"password": OWN}).status_code == 303
        sign_in(client, the_account(), OWN)


def test_an_invitation_takes_the_place_of_the_registration(squatted, owner, run_jobs, outbox):
    invited(owner)
    account = the_account()
    assert (account.name, account.role, account.password_hash) == ("Ruth", "editor", None)
    assert account.id == squatted.id


def test_the_strangers_confirmation_link_dies_with_the_registration(
    client, owner, run_jobs, outbox
):
    client.post(
        "/account/register", data={"name": "Mallory", "email": EMAIL, "password": ATTACKERS}
    )
    run_jobs()
    link = link_in(outbox.messages[0])
    invited(owner)
    assert client.post(link, data={"password": ATTACKERS}).status_code == 410


def test_an_invitation_can_be_sent_again(owner, run_jobs, outbox):
    invited(owner)
    invited(owner)
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == [EMAIL] * 2


def test_a_persons_account_is_never_replaced(owner, run_jobs):
    account = make_account(email=EMAIL)
    answer = owner.post("/admin/users/new", data={"name": "X", "email": EMAIL, "role": "editor"})
    assert answer.status_code == 422
    assert services.authenticate(EMAIL, PASSWORD) == account


def test_an_invited_buyers_account_is_not_taken_over_by_a_registration(client, outbox, run_jobs):
    with unit_of_work():
        services.invite(email=EMAIL, name="Ruth", role="buyer")
    client.post(
        "/account/register", data={"name": "Mallory", "email": EMAIL, "password": ATTACKERS}
    )
    run_jobs()
    assert (the_account().name, the_account().password_hash) == ("Ruth", None)
    assert client.post(link_in(outbox.messages[0]), data={"password": OWN}).status_code == 303


def test_the_command_replaces_an_unproven_registration_too(app, squatted, tmp_path):
    chosen = tmp_path / "password"
    chosen.write_text(PASSWORD)
    arguments = ["add", "--role", "editor", EMAIL, "--password-file", str(chosen)]
    result = app.test_cli_runner().invoke(cli.user, arguments)
    assert result.exit_code == 0, result.output
    assert services.authenticate(EMAIL, ATTACKERS) is None
    assert services.authenticate(EMAIL, PASSWORD).role == "editor"


@pytest.mark.parametrize("spelling", ["Ruth@BÜCHER.example", "ruth@xn--bcher-kva.example"])
def test_one_person_has_one_account_however_the_address_is_written(client, outbox, spelling):
    make_account(email="ruth@bücher.example")
    form = {"name": "Ruth", "email": spelling, "password": OWN}
    assert client.post("/account/register", data=form).status_code == 303
    assert db.session.query(Account).count() == 1
    form = {"email": spelling, "password": PASSWORD}
    assert client.post("/account/sign-in", data=form).status_code == 303
