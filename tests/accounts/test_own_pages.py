"""What a person does on their own pages."""

from __future__ import annotations

import re
import threading

import pytest
import time_machine
from sqlalchemy import func, select

from shop.blueprints.accounts import queries, services
from shop.blueprints.accounts.mailed_links import links
from shop.blueprints.accounts.models import Account
from shop.blueprints.contact.models import Message
from shop.core import clock
from shop.core.activity import ActivityEntry
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.api.events import EmailVerified
from tests.factories.accounts import PASSWORD, make_account, sign_in

NEW = "seven silver spoon songs"
PAGES = ("/account/", "/account/details", "/account/password", "/account/data")


@pytest.fixture
def account(app):
    return make_account(email="ruth@example.org")


@pytest.fixture
def member(client, account):
    return sign_in(client, account)


def again(account):
    db.session.expire_all()
    return queries.account_or_404(account.id)


def link_in(mail):
    text = mail.get_body(("plain",)).get_content()
    return re.search(r"http://localhost(/account/\S+/\S+)", text)[1]


@pytest.mark.parametrize("path", [*PAGES, "/account/data.json", "/account/new-email/x"])
def test_strangers_sign_in_first(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.location) == (303, f"/account/sign-in?next={path}")


@pytest.mark.parametrize("path", ["name", "email", "password", "data/erase", "new-email/x"])
def test_strangers_change_nothing(client, path):
    answer = client.post(f"/account/{path}", data={"name": "x"})
    assert (answer.status_code, answer.location) == (303, "/account/sign-in")


def acts():
    """What the activity log says of own accounts, and what changed."""
    rows = db.session.scalars(select(ActivityEntry).order_by(ActivityEntry.id))
    return [
        (entry.act, {each["what"] for each in entry.changes if each["what"].startswith("account")})
        for entry in rows
        if entry.kind == "change"
    ]


def test_what_staff_change_of_their_own_account_is_in_the_activity_log(app, client, outbox):
    staff, buyer = make_account("editor", "ed@example.org"), make_account()
    other = sign_in(app.test_client(), staff)
    for somebody in (staff, buyer):
        visitor = sign_in(app.test_client(), somebody)
        visitor.post("/account/name", data={"name": "Another Name"})
        visitor.post("/account/sessions/end-others")
        visitor.post("/account/password", data={"current": PASSWORD, "password": NEW})
        link = links.address(links.NEW_EMAIL, somebody, f"new-{somebody.email}")
        visitor.post(link.removeprefix("http://localhost"))
        link = links.address(links.RESET, again(somebody), again(somebody).email)
        visitor.post(link.removeprefix("http://localhost"), data={"password": NEW})
    assert other.get("/account/").status_code == 303
    assert acts() == [
        ("accounts.change_name", {"account"}),
        ("accounts.end_other_sessions", {"account_session"}),
        ("accounts.change_password", {"account", "account_session"}),
        ("accounts.confirm_new_email", {"account"}),
        ("accounts.choose_password", {"account", "account_session"}),
    ]
    owner = sign_in(app.test_client(), make_account("owner"))
    assert "Own account: change password" in owner.get("/admin/activity/").text


@pytest.mark.parametrize("path", PAGES)
def test_a_member_sees_his_pages(member, path):
    answer = member.get(path)
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text
    assert "/admin/" not in answer.text


def test_staff_finds_the_way_to_the_back_office(client):
    sign_in(client, make_account("editor"))
    assert "/admin/" in client.get("/account/").text


def test_a_new_name(member, account):
    member.post("/account/name", data={"name": "Ruth  Maier", "role": "owner", "email": "x@y.org"})
    assert "Your name has been changed." in member.get("/account/details").text
    changed = again(account)
    assert (changed.name, changed.role, changed.email) == ("Ruth Maier", "buyer", account.email)


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\nb"])
def test_a_bad_name_is_said_beside_its_field(member, account, name):
    answer = member.post("/account/name", data={"name": name})
    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text
    assert again(account).name == "Ruth Miller"


def test_a_new_address_counts_once_it_has_confirmed(member, account, outbox, run_jobs, published):
    member.post("/account/email", data={"email": "New@Example.org", "current": PASSWORD})
    run_jobs()
    assert again(account).email == "ruth@example.org"
    [mail] = outbox.messages
    assert mail["To"] == "new@example.org"
    link = link_in(mail)
    assert "new@example.org" in member.get(link).text
    assert again(account).email == "ruth@example.org"
    assert member.post(link).status_code == 303
    assert again(account).email == "new@example.org"
    assert published == [EmailVerified(account_id=account.id, email="new@example.org")]
    run_jobs()
    assert outbox.messages[-1]["To"] == "ruth@example.org"
    assert member.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("email", "current"),
    [("", PASSWORD), ("nobody", PASSWORD), ("new@example.org", ""), ("new@example.org", "wrong")],
)
def test_a_new_address_takes_the_password(member, account, email, current, run_jobs):
    answer = member.post("/account/email", data={"email": email, "current": current})
    assert answer.status_code == 422
    run_jobs()


def test_a_taken_address_is_told_by_mail_only(member, account, outbox, run_jobs):
    other = make_account()
    free = member.post("/account/email", data={"email": "new@example.org", "current": PASSWORD})
    taken = member.post("/account/email", data={"email": other.email, "current": PASSWORD})
    assert (free.status_code, free.location) == (taken.status_code, taken.location)
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == ["new@example.org", other.email]
    assert "new-email" not in outbox.messages[1].as_string()


def test_an_address_that_was_taken_meanwhile_is_refused(member, account, outbox, run_jobs):
    member.post("/account/email", data={"email": "new@example.org", "current": PASSWORD})
    run_jobs()
    make_account(email="new@example.org")
    assert member.post(link_in(outbox.messages[0])).status_code == 422
    assert again(account).email == "ruth@example.org"


def test_a_registration_that_nobody_confirmed_holds_no_address(member, account, outbox, run_jobs):
    make_account(email="new@example.org", verified=False)
    member.post("/account/email", data={"email": "new@example.org", "current": PASSWORD})
    run_jobs()
    assert member.post(link_in(outbox.messages[0])).status_code == 303
    assert again(account).email == "new@example.org"


def test_anothers_link_is_not_there(app, member, account, outbox, run_jobs):
    member.post("/account/email", data={"email": "new@example.org", "current": PASSWORD})
    run_jobs()
    link = link_in(outbox.messages[0])
    other = sign_in(app.test_client(), make_account())
    assert other.get(link).status_code == 404
    assert other.post(link).status_code == 404


def test_the_link_to_a_new_address_ends(member, outbox, run_jobs):
    with time_machine.travel(clock.now(), tick=True) as traveller:
        member.post("/account/email", data={"email": "new@example.org", "current": PASSWORD})
        run_jobs()
        traveller.shift(24 * 3600 + 5)
        assert member.post(link_in(outbox.messages[0])).status_code == 410


def test_a_new_password(member, account, outbox, run_jobs):
    member.post("/account/password", data={"current": PASSWORD, "password": NEW})
    assert services.authenticate(account.email, NEW)
    assert services.authenticate(account.email, PASSWORD) is None
    run_jobs()
    assert outbox.messages[0]["To"] == account.email


@pytest.mark.parametrize(
    ("current", "password"),
    [("", NEW), ("wrong", NEW), (PASSWORD, ""), (PASSWORD, "short"), (PASSWORD, "ruth.miller1")],
)
def test_a_bad_change_of_password_changes_nothing(member, account, current, password):
    answer = member.post("/account/password", data={"current": current, "password": password})
    assert answer.status_code == 422
    assert services.authenticate(account.email, PASSWORD)


def test_guessing_at_the_present_password_is_limited(client, account, limits):
    sign_in(client, account)
    codes = [
        client.post("/account/password", data={"current": "wrong", "password": NEW}).status_code
        for _ in range(11)
    ]
    assert codes == [422] * 10 + [429]


def test_one_takes_ones_data_along(member, account):
    answer = member.get("/account/data.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    [own] = answer.json["account"]
    assert (own["email"], own["name"]) == (account.email, account.name)
    assert "hash" not in answer.text
    assert account.link_key not in answer.text


def test_every_feature_hands_its_part_over(app, member):
    assert set(member.get("/account/data.json").json) == {
        kept.name for kept in registry().personal_data
    }


def test_one_erases_everything(member, client, account):
    client.post(
        "/contact", data={"name": "Ruth", "email": account.email, "message": "Please forget this."}
    )
    answer = member.post("/account/data/erase", data={"password": PASSWORD})
    assert answer.location == "/account/sign-in"
    assert "have been erased" in client.get("/account/sign-in").text
    assert queries.account_of("ruth@example.org") is None
    assert member.get("/account/").status_code == 303
    assert not db.session.scalar(select(func.count()).select_from(Message))


@pytest.mark.parametrize("password", ["", "wrong"])
def test_erasing_takes_the_password(member, account, password):
    assert member.post("/account/data/erase", data={"password": password}).status_code == 422
    assert again(account)


def test_nothing_is_erased_when_one_feature_refuses(client):
    owner = sign_in(client, make_account("owner", email="owner@example.org"))
    client.post("/contact", data={"name": "O", "email": "owner@example.org", "message": "Hello."})
    answer = owner.post("/account/data/erase", data={"password": PASSWORD})
    assert answer.status_code == 422
    assert "only owner" in answer.text
    assert queries.has_owner()
    assert owner.get("/account/data.json").json["messages"]


def test_an_owner_who_never_signed_in_runs_no_site(client):
    make_account("owner", verified=False, password=None)
    owner = sign_in(client, make_account("owner", email="owner@example.org"))
    answer = owner.post("/account/data/erase", data={"password": PASSWORD})
    assert answer.status_code == 422
    assert "only owner" in answer.text


def test_two_owners_cant_leave_at_once(app):
    owners = [make_account("owner"), make_account("owner")]
    emails = [owner.email for owner in owners]
    start = threading.Barrier(2)
    refused = []

    def leave(email: str) -> None:
        with app.app_context():
            start.wait()
            try:
                with unit_of_work():
                    services.erase(email)
            except Refused:
                refused.append(email)

    db.session.rollback()
    threads = [threading.Thread(target=leave, args=(email,)) for email in emails]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1
