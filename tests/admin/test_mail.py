"""The owner reads what was mailed, and tries again what was not."""

from __future__ import annotations

import pytest

from shop.core import jobs, mail
from shop.core.jobs import Job, JobState
from shop.core.mail import SEND_JOB
from shop.core.mail.models import Mail, MailState
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def owner(client):
    return sign_in(client, make_account("owner"))


@pytest.fixture
def make_mail(app, outbox):
    def make(state: MailState = MailState.WAITING, *, with_job: bool = True, **values) -> Mail:
        fields = {
            "kind": "contact-message",
            "recipient": "r@example.org",
            "subject": "Hello",
            "text": "as text",
            "html": "<p>as html</p>",
            "headers": {},
            "message_id": "<1@localhost>",
            **values,
        }
        with unit_of_work():
            found = Mail(state=state, **fields)
            db.session.add(found)
            db.session.flush()
            if with_job:
                jobs.enqueue(SEND_JOB, {"mail_id": found.id})
        return found

    return make


def states():
    db.session.expire_all()
    return [found.state for found in db.session.query(Mail)]


def test_mails_are_listed_by_state(owner, make_mail):
    make_mail(MailState.SENT, subject="Gone", sent_at=None)
    make_mail(MailState.REFUSED, subject="Bounced", error="550 no such user")
    make_mail(subject="Patient")
    for state, shown in (("waiting", "Patient"), ("refused", "Bounced"), ("sent", "Gone")):
        page = owner.get(f"/admin/mail/?state={state}").text
        assert [word for word in ("Gone", "Bounced", "Patient") if word in page] == [shown]
    assert owner.get("/admin/mail/?state=lost").status_code == 404


def test_a_mail_shows_both_parts_and_why_it_was_refused(owner, make_mail):
    found = make_mail(MailState.REFUSED, error="550 no such user")
    page = owner.get(f"/admin/mail/{found.id}").text
    assert "550 no such user" in page
    assert "as text" in page
    assert (
        f'<iframe class="letter-frame" sandbox title="HTML version of the email" src="/admin/mail/{found.id}/html"'
        in page
    )


def test_what_a_stranger_wrote_into_a_mail_runs_nowhere(owner, make_mail):
    found = make_mail(subject=EVIL, text=EVIL, html=EVIL)
    assert "<script>alert" not in owner.get("/admin/mail/").text
    assert "<script>alert" not in owner.get(f"/admin/mail/{found.id}").text
    answer = owner.get(f"/admin/mail/{found.id}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_refused_mail_is_tried_again(owner, make_mail, run_jobs, outbox):
    found = make_mail(MailState.REFUSED, with_job=False)
    assert owner.post(f"/admin/mail/{found.id}/send").status_code == 303
    assert owner.post(f"/admin/mail/{found.id}/send").status_code == 303
    run_jobs()
    assert len(outbox.messages) == 1
    assert states() == [MailState.SENT]


def test_a_mail_whose_job_gave_up_is_tried_again(owner, make_mail, run_jobs, outbox):
    found = make_mail()
    with unit_of_work():
        db.session.query(Job).update({"state": JobState.DEAD})
    owner.post(f"/admin/mail/{found.id}/send")
    run_jobs()
    assert len(outbox.messages) == 1
    assert db.session.query(Job).count() == 1


def test_a_sent_mail_is_not_sent_again(owner, make_mail, run_jobs, outbox):
    found = make_mail(MailState.SENT, with_job=False)
    assert owner.post(f"/admin/mail/{found.id}/send").status_code == 422
    run_jobs()
    assert not outbox.messages


def test_a_mail_of_a_kind_that_is_off_is_shown(owner, make_mail):
    found = make_mail(kind="plugin-that-left")
    assert "plugin-that-left" in owner.get(f"/admin/mail/{found.id}").text


@pytest.mark.parametrize("path", ["/admin/mail/9", "/admin/mail/9/html"])
def test_a_mail_that_is_not_there(owner, path):
    assert owner.get(path).status_code == 404


def test_the_banner_is_gone_once_mail_is_set_up(owner, make_mail):
    make_mail()
    assert mail.is_configured()
    assert "No mail server" not in owner.get("/admin/mail/").text
