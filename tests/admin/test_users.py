"""The owner decides who is what."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from shop.blueprints.accounts import queries, services
from shop.blueprints.accounts.models import Account
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in


@pytest.fixture
def me(app):
    return make_account("owner", email="owner@example.org", name="Ada")


@pytest.fixture
def owner(client, me):
    return sign_in(client, me)


def again(account):
    db.session.expire_all()
    return queries.account_or_404(account.id)


def test_people_are_found_by_a_part_of_name_or_address(owner):
    make_account(email="ruth@example.org", name="Ruth Miller")
    make_account(email="100%@example.org", name="Percy")
    for search, found in (("MILL", True), ("ruth@", True), ("100%", False), ("r_th", False)):
        page = owner.get("/admin/users/", query_string={"search": search}).text
        assert ("ruth@example.org" in page) is found, search
    assert "No users found" in owner.get("/admin/users/?search=zzz").text
    assert "100%@example.org" in owner.get("/admin/users/?search=0%25").text


def test_people_are_filtered_by_role(owner):
    make_account("moderator", email="mod@example.org")
    page = owner.get("/admin/users/?role=moderator").text
    assert "mod@example.org" in page
    assert "owner@example.org" not in page
    assert owner.get("/admin/users/?role=king").status_code == 404


def test_pages_follow_one_another(owner):
    with unit_of_work() as session:
        session.add_all(Account(email=f"p{n}@example.org", name=f"P{n}") for n in range(60))
    first = owner.get("/admin/users/").text
    after = first.split("after=")[1].split('"')[0]
    second = owner.get(f"/admin/users/?after={after}").text
    assert "p59@example.org" in first
    assert "p59@example.org" not in second
    assert "p0@example.org" in second
    assert "owner@example.org" in second


@pytest.mark.parametrize("after", ["x", "WzFd0", "WyJhIl0", "W10", "😀"])
def test_a_cursor_that_was_made_up_leads_nowhere(owner, after):
    assert owner.get("/admin/users/", query_string={"after": after}).status_code == 404


def test_a_person_is_invited(owner, outbox, run_jobs):
    answer = owner.post(
        "/admin/users/new", data={"name": "Ed", "email": "Ed@Example.org", "role": "editor"}
    )
    assert answer.location == "/admin/users/"
    run_jobs()
    assert outbox.messages[0]["To"] == "ed@example.org"
    account = queries.account_of("ed@example.org")
    assert (account.role, account.is_verified, account.password_hash) == ("editor", False, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "owner@example.org"},
        {"email": "nobody"},
        {"email": ""},
        {"name": ""},
        {"name": "x" * 81},
        {"role": "king"},
        {"role": ""},
    ],
)
def test_a_bad_invitation_makes_nobody(owner, changes):
    form = {"name": "Ed", "email": "ed@example.org", "role": "editor", **changes}
    answer = owner.post("/admin/users/new", data=form)
    assert answer.status_code == 422
    assert f'id="{next(iter(changes))}-error"' in answer.text
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_name_and_role_are_changed(owner):
    account = make_account()
    owner.post(
        f"/admin/users/{account.id}",
        data={"name": "Rut", "role": "moderator", "email": "x@y.org", "link_key": "known"},
    )
    changed = again(account)
    assert (changed.name, changed.role, changed.email) == ("Rut", "moderator", account.email)
    assert changed.link_key != "known"


@pytest.mark.parametrize("others", [0, 1])
def test_nobody_demotes_himself_out(owner, me, others):
    for _ in range(others):
        make_account("owner")
    answer = owner.post(f"/admin/users/{me.id}", data={"name": "New", "role": "editor"})
    assert answer.status_code == 422
    assert 'id="role-error"' in answer.text
    assert (again(me).role, again(me).name) == ("owner", "Ada")


def test_another_owner_can_be_demoted(owner):
    other = make_account("owner")
    owner.post(f"/admin/users/{other.id}", data={"name": "O", "role": "buyer"})
    assert again(other).role == "buyer"


def test_two_owners_cant_demote_each_other(app):
    ids = [make_account("owner").id, make_account("owner").id]
    start = threading.Barrier(2)
    refused = []

    def demote(mine: int, other: int) -> None:
        with app.app_context():
            start.wait()
            try:
                with unit_of_work():
                    services.give_role(
                        queries.account_or_404(other), "buyer", by=queries.account_or_404(mine)
                    )
            except Refused:
                refused.append(mine)

    db.session.rollback()
    threads = [threading.Thread(target=demote, args=pair) for pair in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert queries.has_owner()


def test_an_address_is_taken_as_confirmed(owner, published):
    account = make_account(verified=False)
    assert "not confirmed" in owner.get(f"/admin/users/{account.id}").text
    owner.post(f"/admin/users/{account.id}/verified")
    assert again(account).is_verified
    assert [fact.account_id for fact in published] == [account.id]


def test_a_link_is_mailed(owner, outbox, run_jobs):
    known, invited = make_account(), make_account(password=None, verified=False)
    for account in (known, invited):
        owner.post(f"/admin/users/{account.id}/link")
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == [known.email, invited.email]
    assert "/account/new-password/" in outbox.messages[0].as_string()
    assert "/account/invitation/" in outbox.messages[1].as_string()


def test_erasing_takes_the_address(owner):
    account = make_account(email="ruth@example.org")
    path = f"/admin/users/{account.id}/erase"
    for typed in ("", "owner@example.org"):
        assert owner.post(path, data={"email": typed}).status_code == 422
    assert again(account)
    assert owner.post(path, data={"email": "Ruth@example.org"}).status_code == 303
    assert queries.account_of("ruth@example.org") is None


def test_the_last_owner_cant_be_erased(owner, me):
    answer = owner.post(f"/admin/users/{me.id}/erase", data={"email": me.email})
    assert answer.status_code == 422
    assert queries.has_owner()


@pytest.mark.parametrize("path", ["999", "999/link", "999/verified", "999/erase"])
def test_nobody_is_not_found(owner, path):
    assert owner.post(f"/admin/users/{path}").status_code == 404


@pytest.mark.parametrize("number", [999, 2**63 - 1, 2**63, 10**30, -1])
def test_a_number_that_no_column_holds_is_nobodys(owner, number):
    assert owner.get(f"/admin/users/{number}").status_code == 404
