"""Whatever ends a line never gets into a header; a mail that can't be built fails alone."""

from __future__ import annotations

import sys

import pytest

from shop.core import mail, settings
from shop.core.jobs import Job, JobState
from shop.core.mail.models import Mail, MailState
from shop.core.site import SiteSettings
from shop.core.text import clean_block, clean_line, has_control_characters
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import controls

SEPARATORS = [c for c in map(chr, range(sys.maxunicode + 1)) if len(f"a{c}b".splitlines()) > 1]
FORMS = {
    "/contact": {"name": "Ruth", "email": "ruth@example.org", "message": "Hello"},
    "/newsletter": {"email": "ruth@example.org"},
    "/account/register": {
        "name": "Ruth",
        "email": "ruth@example.org",
        "password": "correct horse battery",
    },
}
FIELDS = [
    (path, field)
    for path, fields in FORMS.items()
    for field in fields
    if field not in {"message", "password"}
]


@pytest.fixture
def queued(app, outbox):
    """Queue a message of the contact form to somebody."""

    def queue(to="ruth@example.org", name="Ruth", **headers):
        with unit_of_work():
            settings.change(SiteSettings, {"owner_email": "owner@example.org"})
            mail.queue("contact-message", to, {"message": _Message(name)}, headers=headers)

    return queue


class _Message:
    """What the template of the contact form's mail shows."""

    def __init__(self, name):
        self.id, self.name, self.email, self.body = 1, name, "ruth@example.org", "Hello"


def states():
    db.session.expire_all()
    return [each.state for each in db.session.query(Mail).order_by(Mail.id)]


def test_all_that_python_takes_for_the_end_of_a_line_is_known(app):
    assert {"\n", "\x85", "\u2028", "\u2029"} < set(SEPARATORS)
    assert all(map(has_control_characters, SEPARATORS))
    assert all(len(clean_line(f"a{each}b").splitlines()) == 1 for each in SEPARATORS)
    assert set("".join(clean_block(f"a{each}b") for each in SEPARATORS)) == {"a", "b", "\n"}


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_mail_header_injection_by_any_separator(client, path, field):
    for separator in SEPARATORS:
        sent = {**FORMS[path], field: FORMS[path][field] + separator + "Bcc: all@example.org"}
        assert client.post(path, data=sent).status_code == 422, repr(separator)
        assert client.get("/healthz").status_code == 200


def test_a_subject_is_one_line_whatever_stands_in_a_name(queued, run_jobs, outbox):
    for separator in SEPARATORS:
        queued(name=f"Ruth{separator}Bcc: all@example.org" + "x" * 400)
    run_jobs()
    assert len(outbox.messages) == len(SEPARATORS)
    for message in outbox.messages:
        assert len(message["Subject"].splitlines()) == 1
        assert message["Bcc"] is None


@pytest.mark.parametrize(
    ("to", "headers"),
    [
        ("ruth\u2028@example.org", {}),
        ("ruth@example.org\r\nBcc: all@example.org", {}),
        ("no address at all", {}),
        ("two@example.org, three@example.org", {}),
        ("ruth@" + "x" * 70 + ".exämple", {}),
        ("ruth@example.org", {"Reply-To": "a@b.example\u2029Bcc: all@example.org"}),
        ("ruth@example.org", {"List-Unsubscribe": "<http://x/\ud800>"}),
    ],
)
def test_a_mail_that_cant_be_built_is_a_dead_letter_at_once(queued, run_jobs, outbox, to, headers):
    queued(to, **headers)
    queued()
    run_jobs()
    assert states() == [MailState.REFUSED, MailState.SENT]
    assert [message["To"] for message in outbox.messages] == ["ruth@example.org"]
    assert {job.state for job in db.session.query(Job)} == {JobState.DONE}
    assert db.session.query(Mail).order_by(Mail.id).first().error


def test_control_mail_header_injection(client, outbox):
    """The control: the form lets a separator through, and the mail's own check is what is left."""
    sent = {**FORMS["/contact"], "name": "Ruth\u2028Bcc: all@example.org"}
    with controls.without("line separators"):
        assert client.post("/contact", data=sent).status_code == 303
