"""People without an account see, take away and erase what is kept about them, once mail has reached them."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest

from shop.blueprints.accounts.guests import services
from shop.blueprints.comments.models import State
from tests.factories.accounts import make_account
from tests.factories.comments import GOOD, all_comments, make_article, make_comment
from tests.factories.newsletter import make_subscriber

ASK = "/account/guest/data"
EMAIL = GOOD["email"]


@pytest.fixture
def kept(app):
    """A comment and a subscription of one address."""
    make_comment(make_article(), email=EMAIL, body="A word of hers.")
    make_subscriber(EMAIL)


@pytest.fixture
def link(client, kept, run_jobs, outbox):
    """The path that was mailed."""
    client.post(ASK, data={"email": EMAIL.upper()})
    run_jobs()
    [message] = outbox.messages
    assert message["To"] == EMAIL
    return path_in(message)


def path_in(message):
    body = message.get_body(("plain",)).get_content()
    return urlsplit(re.search(r"https?://\S+/account/\S+", body)[0]).path


def test_a_link_shows_what_is_kept_and_gives_it_as_a_file(client, link):
    page = client.get(link)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page.text) == [
        ("Comments", "1 entry"),
        ("Newsletter", "1 entry"),
    ]
    file = client.get(f"{link}/my-data.json")
    assert file.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert json.loads(file.data)["comments"][0]["comment"] == "A word of hers."


def test_looking_erases_nothing_and_the_button_everything(client, link):
    for _ in range(2):
        client.get(link)
        client.head(link)
    assert all_comments()[0].state == State.APPROVED
    answer = client.post(f"{link}/erase")
    assert (answer.status_code, answer.location) == (303, link)
    assert all_comments()[0].state == State.ERASED
    page = client.get(link).text
    assert "The data we kept about you has been erased." in page
    assert "We keep no data about this email address." in page


def test_enumeration_guest_data(client, app, kept, run_jobs, outbox):
    make_account(email="member@example.org")
    said = [
        app.test_client().post(ASK, data={"email": email})
        for email in (EMAIL, "member@example.org", "nobody@example.org")
    ]
    assert len({(each.status_code, each.location, each.text) for each in said}) == 1
    run_jobs()
    assert sorted(message["To"] for message in outbox.messages) == ["member@example.org", EMAIL]


def test_whoever_has_an_account_is_sent_to_it(client, run_jobs, outbox):
    make_account(email=EMAIL)
    client.post(ASK, data={"email": EMAIL})
    run_jobs()
    assert path_in(outbox.messages[0]) == "/account/data"


def test_an_account_made_since_closes_the_link(client, link):
    make_account(email=EMAIL)
    assert client.get(link).status_code == 410
    assert client.post(f"{link}/erase").status_code == 410
    assert all_comments()[0].state == State.APPROVED


def test_list_bombing_guest_data(app, kept, run_jobs, outbox):
    for _ in range(5):
        app.test_client().post(ASK, data={"email": EMAIL})
    run_jobs()
    assert len(outbox.messages) == 1


def test_asking_is_limited(client, limits):
    said = [client.post(ASK, data={"email": f"a{n}@example.org"}).status_code for n in range(12)]
    assert said == [303] * 10 + [429] * 2


def test_links_of_others_open_nothing(client, link, monkeypatch):
    for path in ("made-up", link.rsplit("/", 1)[1][:-2]):
        for way in ("", "/my-data.json"):
            assert client.get(f"{ASK}/{path}{way}").status_code == 404
        assert client.post(f"{ASK}/{path}/erase").status_code == 404
    monkeypatch.setattr(services, "LINK_SECONDS", -1)
    assert client.get(link).status_code == 410
    assert client.post(f"{link}/erase").status_code == 410


def test_csrf_guest_data(client, link):
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"{link}/erase", headers=elsewhere).status_code == 403
    assert all_comments()[0].state == State.APPROVED


@pytest.mark.parametrize("email", ["", "nobody", "a@b\nBcc: c@example.org", "x" * 400])
def test_a_bad_address_is_said(client, email):
    assert client.post(ASK, data={"email": email}).status_code == 422
