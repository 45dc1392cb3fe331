"""Mail to moderators: once for each comment, and links that decide only by a button."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest

from shop.blueprints.accounts.second_factor import services
from shop.blueprints.accounts.settings import AccountSettings
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.moderation import digests, mail_links
from shop.blueprints.comments.moderation.digests import DigestPace
from shop.core import clock, settings
from shop.core.secrets.tokens import random_token
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import controls
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import make_article, make_comment
from tests.factories.queue import pile

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def article(app):
    return make_article()


@pytest.fixture
def moderator(app):
    return make_account("moderator", name="Mia")


@pytest.fixture
def later(monkeypatch):
    """Let time pass."""
    now = clock.now

    def pass_by(**amount):
        moment = clock.now() + timedelta(**amount)
        started = now()
        monkeypatch.setattr(clock, "now", lambda: moment + (now() - started))

    return pass_by


def choose(account, pace):
    with unit_of_work():
        digests.choose_pace(account, pace)


def send(run_jobs):
    queue_them = digests.send_due()
    with unit_of_work():
        queue_them()
    run_jobs()


def link(mail, verb):
    text = mail.get_body(("plain",)).get_content()
    return re.search(rf"http://localhost(/moderation/{verb}/\S+)", text)[1]


@pytest.mark.parametrize(
    ("pace", "too_soon", "enough"),
    [
        (DigestPace.AT_ONCE, {"seconds": 50}, {"seconds": 20}),
        (DigestPace.HOURLY, {"minutes": 50}, {"minutes": 20}),
        (DigestPace.DAILY, {"hours": 23}, {"hours": 2}),
    ],
)
def test_a_moderator_hears_in_time_and_once(
    article, moderator, outbox, run_jobs, later, pace, too_soon, enough
):
    make_comment(article, State.WAITING)  # waits already: no news
    choose(moderator, pace)
    make_comment(article, State.WAITING, posted_at=clock.now(), body="Is it so?")
    make_comment(article, State.APPROVED, posted_at=clock.now(), body="Seen by all.")
    later(**too_soon)
    send(run_jobs)
    assert outbox.messages == []
    later(**enough)
    send(run_jobs)
    send(run_jobs)
    [mail] = outbox.messages
    text = mail.get_body(("plain",)).get_content()
    assert mail["To"] == moderator.email
    assert "Is it so?" in text
    assert "Comment number" not in text
    assert "Seen by all" not in text
    later(days=2)
    send(run_jobs)
    assert len(outbox.messages) == 1


def test_nobody_is_told_who_did_not_ask_or_may_no_longer(
    article, moderator, outbox, run_jobs, later
):
    make_account("editor")
    choose(moderator, DigestPace.AT_ONCE)
    with unit_of_work():
        moderator.role = "buyer"
    make_comment(article, State.WAITING, posted_at=clock.now())
    later(hours=1)
    send(run_jobs)
    assert outbox.messages == []


def test_a_flood_is_one_mail(article, moderator, outbox, run_jobs, later):
    choose(moderator, DigestPace.AT_ONCE)
    pile(article, 500, posted_at=clock.now() + timedelta(seconds=1))
    later(minutes=2)
    send(run_jobs)
    later(minutes=2)
    send(run_jobs)
    [mail] = outbox.messages
    text = mail.get_body(("plain",)).get_content()
    assert text.count("/moderation/approve/") == 20
    assert "There are more." in text


@pytest.fixture
def mail(article, moderator, outbox, run_jobs, later):
    """A mail about one comment."""
    choose(moderator, DigestPace.AT_ONCE)
    make_comment(article, State.WAITING, posted_at=clock.now(), body="{{7*7}} {x.__class__}")
    later(minutes=2)
    send(run_jobs)
    return outbox.messages[0]


def state():
    db.session.expire_all()
    return db.session.query(Comment.state).scalar()


def test_verdict_prefetch(client, mail):
    assert "{{7*7}} {x.__class__}" in mail.get_body(("plain",)).get_content()
    for verb in ("approve", "spam"):
        for method in (client.get, client.head, client.options):
            assert method(link(mail, verb)).status_code == 200
    assert state() == State.WAITING
    page = client.post(link(mail, "approve"), follow_redirects=True).text
    assert "Approved by Mia" in page
    assert state() == State.APPROVED
    page = client.post(link(mail, "spam"), follow_redirects=True).text
    assert "someone edited or decided on it" in page
    assert state() == State.APPROVED


@controls.on_sqlite
def test_control_verdict_prefetch(client, mail):
    with controls.failing_without("looking changes nothing"):
        test_verdict_prefetch(client, mail)


def test_a_text_that_changed_since_the_mail_is_not_approved_unread(client, mail):
    comment = db.session.query(Comment).one()
    with unit_of_work():
        comment.body, comment.version = "Something else.", comment.version + 1
    client.post(link(mail, "approve"))
    assert state() == State.WAITING


def test_a_links_page_is_for_nobodys_cache_and_no_other_site(client, mail):
    answer = client.get(link(mail, "approve"))
    assert "no-store" in answer.headers["Cache-Control"]
    assert "noindex" in answer.text
    evil = client.post(link(mail, "approve"), headers={"Sec-Fetch-Site": "cross-site"})
    assert evil.status_code == 403
    assert state() == State.WAITING


def test_a_link_ends(client, mail, moderator, later):
    address = link(mail, "approve")
    with unit_of_work():
        moderator.link_key = random_token()  # as with a new password
    page = client.post(address)
    assert page.status_code == 410
    assert "This link to decide on a comment has ended" in page.text
    assert 'href="/admin/comments/"' in page.text
    assert client.get(address[:-3] + "abc").status_code == 404
    assert client.get(address.replace("/approve/", "/erase/")).status_code == 404
    assert state() == State.WAITING


def test_a_link_ends_after_a_week(app, client, article, moderator, monkeypatch):
    comment = make_comment(article, State.WAITING)
    token = mail_links.token_for(moderator, comment.id, comment.version)
    monkeypatch.setattr(mail_links, "SECONDS", -1)
    assert client.post(f"/moderation/approve/{token}").status_code == 410


def test_a_link_ends_with_the_right_to_moderate(client, mail, moderator):
    with unit_of_work():
        moderator.role = "buyer"
    assert client.post(link(mail, "approve")).status_code == 410
    assert state() == State.WAITING


def test_where_a_second_factor_is_required_the_mailbox_alone_decides_nothing(
    app, client, mail, moderator
):
    address = link(mail, "approve")
    with unit_of_work():
        settings.change(AccountSettings, {"second_factor_required": True})
    for answer in (client.get(address), client.post(address)):
        assert (answer.status_code, answer.location) == (303, f"/account/sign-in?next={address}")
    sign_in(client, moderator)
    assert client.post(address).location == "/account/second-factor"
    other = sign_in(app.test_client(), make_account("moderator"))
    assert other.post(address).status_code == 410
    assert state() == State.WAITING
    with unit_of_work():
        services.set_up(moderator, SECRET, pyotp.TOTP(SECRET).at(clock.now()))
    assert client.get(address).status_code == 200
    client.post(address)
    assert state() == State.APPROVED


def test_a_moderator_chooses_for_herself(client, moderator):
    desk = sign_in(client, moderator)
    assert 'value="never" checked' in desk.get("/admin/comments/digest").text
    desk.post("/admin/comments/digest", data={"pace": "hourly"})
    assert 'value="hourly" checked' in desk.get("/admin/comments/digest").text
    assert desk.post("/admin/comments/digest", data={"pace": "by pigeon"}).status_code == 404
