"""A forgotten password is replaced by a link that works once."""

from __future__ import annotations

import re
import time

import pytest
import time_machine

from shop.blueprints.accounts import queries, services
from shop.blueprints.accounts.mailed_links import links, mails
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from tests.factories.accounts import PASSWORD, make_account, sign_in

NEW = "seven silver spoon songs"


@pytest.fixture
def ask(client, outbox, run_jobs):
    """Ask for a link and return its path."""

    def path(email: str) -> str:
        client.post("/account/reset", data={"email": email})
        run_jobs()
        text = outbox.messages[-1].get_body(("plain",)).get_content()
        return re.search(r"http://localhost(/account/\S+/\S+)", text)[1]

    return path


def test_a_new_password_by_mail(client, ask, run_jobs, outbox):
    account = make_account()
    link = ask(account.email)
    assert account.email in client.get(link).text
    answer = client.post(link, data={"password": NEW})
    assert answer.location == "/account/sign-in"
    sign_in(client, account, NEW)
    assert services.authenticate(account.email, PASSWORD) is None
    run_jobs()
    assert outbox.messages[-1]["Subject"] == "Your password at Bookstall was changed"


def test_the_link_works_once_and_ends_every_session(app, client, ask):
    account = make_account()
    elsewhere = app.test_client()
    sign_in(elsewhere, account)
    first, second = ask(account.email), ask(account.email)
    assert client.post(first, data={"password": NEW}).status_code == 303
    assert elsewhere.get("/account/").status_code == 303
    for link in (first, second):
        assert client.get(link).status_code == 410
        assert client.post(link, data={"password": "another set of words"}).status_code == 410


def test_looking_at_the_link_changes_nothing(client, ask):
    account = make_account()
    link = ask(account.email)
    client.get(link)
    assert services.authenticate(account.email, PASSWORD)


def test_the_link_confirms_the_address_too(client, ask, published):
    account = make_account(verified=False)
    client.post(ask(account.email), data={"password": NEW})
    assert queries.account_of(account.email).is_verified
    assert [fact.email for fact in published] == [account.email]


def test_a_link_to_an_address_that_was_left_is_dead(client, ask):
    account = make_account()
    link = ask(account.email)
    with unit_of_work():
        services.change_email(queries.account_or_404(account.id), "elsewhere@example.org")
    assert client.get(link).status_code == 410


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "password12345"])
def test_a_bad_new_password_leaves_the_link_alive(client, ask, password):
    link = ask(make_account().email)
    assert client.post(link, data={"password": password}).status_code == 422
    assert client.post(link, data={"password": NEW}).status_code == 303


def test_the_link_ends_after_two_hours(client, ask):
    with time_machine.travel(clock.now(), tick=True) as traveller:
        link = ask(make_account().email)
        traveller.shift(2 * 3600 + 5)
        ended = client.get(link)
        assert ended.status_code == 410
        assert "This link for a new password has ended" in ended.text
        assert 'action="/account/reset"' in ended.text


def test_a_link_of_one_purpose_opens_no_other(client, ask):
    token = ask(make_account().email).rpartition("/")[2]
    assert client.get(f"/account/confirm/{token}").status_code == 404
    assert client.get(f"/account/invitation/{token}").status_code == 404


def test_the_key_itself_is_not_in_the_link(app, outbox):
    account = make_account()
    assert account.link_key not in links.address(links.RESET, account, account.email)


def test_nobody_is_mailed_for_an_address_without_an_account(client, run_jobs):
    client.post("/account/reset", data={"email": "nobody@example.org"})
    run_jobs()


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_enumeration_by_reset(client, outbox, monkeypatch, guarded):
    if not guarded:  # looked up and written at once, instead of by a job
        monkeypatch.setattr(mails, "queue_reset_mail", write_at_once)
    account = make_account()
    pages, seconds = set(), {}
    for _ in range(9):
        for email in (account.email, "nobody@example.org"):
            before = time.thread_time()
            answer = client.post("/account/reset", data={"email": email})
            seconds.setdefault(email, []).append(time.thread_time() - before)
            pages.add((answer.status_code, answer.location, client.get(answer.location).text))
    assert len(pages) == 1
    known, unknown = (min(each) for each in seconds.values())  # a busy machine only adds
    assert (abs(known - unknown) < 0.05) is guarded, seconds


def write_at_once(email):
    """A letter as a slow server would take it."""
    if queries.account_of(email) is not None:
        until = time.thread_time() + 0.1
        while time.thread_time() < until:
            pass


def test_an_invited_person_chooses_a_first_password(client, outbox, run_jobs):
    with unit_of_work():
        account = services.invite(email="new@example.org", name="New", role="editor")
    run_jobs()
    [mail] = outbox.messages
    text = mail.get_body(("plain",)).get_content()
    link = re.search(r"http://localhost(/account/invitation/\S+)", text)[1]
    assert client.post(link, data={"password": NEW}).status_code == 303
    sign_in(client, account, NEW)
    assert client.get(link).status_code == 410
    run_jobs()
    assert len(outbox.messages) == 1
