"""Mail as rows: written in the transaction that causes it, sent by a job, kept with what became of it.

Every mail has a text and an HTML part, rendered when it is queued, so that what was sent can be read later. Without a
configured transport mail *waits*, and the admin says so: nobody is told that something was sent when it was not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import make_msgid, parseaddr
from typing import TYPE_CHECKING, Any

from flask import current_app, render_template
from sqlalchemy import bindparam, insert, select, update

from shop.core import clock, jobs
from shop.core.app_state import app_state
from shop.core.database import read_rows
from shop.core.mail.messages import CannotBeBuilt, as_message
from shop.core.mail.models import SUBJECT_LENGTH, Mail, MailState
from shop.core.mail.transports import AbsentTransport, MailTransport, RefusedByServer
from shop.core.observing import request_watch
from shop.core.observing.request_watch import present_id
from shop.core.site import site
from shop.core.text import clean_line
from shop.extensions import db

if TYPE_CHECKING:
    from jinja2 import Template

SEND_JOB = "mail.send"
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
_STORED = select(
    Mail.recipient,
    Mail.subject,
    Mail.text,
    Mail.html,
    Mail.headers,
    Mail.message_id,
    Mail.created_at,
).where(Mail.id == bindparam("mail_id"), Mail.state == MailState.WAITING)
_NOTE = (
    update(Mail)
    .where(Mail.id == bindparam("mail_id"))
    .values(state=bindparam("state"), error=bindparam("error"), sent_at=bindparam("sent_at"))
)


@dataclass(frozen=True, slots=True)
class MailKind:
    """A kind of mail, with the templates `email/<name>.txt` and `email/<name>.html`.

    Attributes:
        name: unique.
        title: shown to the owner. It and the next two are marked with `lazy_gettext`, so that they can be translated.
        subject: a Jinja template; it gets the mail's context and `site`. What it shows is not escaped.
        reason: stands in the footer: why you get this.
    """

    name: str
    title: str
    subject: str
    reason: str


@dataclass(slots=True)
class MailSystem:
    """What an application needs to send mail: what it may send, by name, the way out, and its own address."""

    kinds: dict[str, MailKind]
    transport: MailTransport
    sender: str
    subjects: dict[str, Template] = field(default_factory=dict)
    """The compiled subjects, by their source."""


@dataclass(frozen=True, slots=True)
class WrittenMail:
    """A mail that is rendered and not stored yet."""

    kind: str
    recipient: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]

    def as_row(self) -> dict[str, Any]:
        """The values of its row."""
        return {
            "kind": self.kind,
            "recipient": self.recipient,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "headers": {**self.headers, **_origin()},
            "message_id": make_msgid(domain=_domain()),
        }


def queue(
    kind: str,
    to: str,
    context: Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
) -> Mail:
    """Render a mail and store it with the present change; a job sends it after the commit.

    A subject is brought into one line. An address or header that no mail can hold makes a dead letter of this mail when
    it is built, and fails nobody else's.

    Args:
        kind: the name of a `MailKind`.
        to: one address.
        context: what the templates and the subject show; values are never templates themselves.
        headers: more headers, e.g. List-Unsubscribe or Reply-To.

    Raises:
        KeyError: no such kind of mail.
        RuntimeError: outside a unit of work.
    """
    return queue_written(write(kind, to, context, headers=headers))


def queue_written(written: WrittenMail) -> Mail:
    """Store a rendered mail with the present change, as `queue` does.

    Raises:
        RuntimeError: outside a unit of work.
    """
    mail = Mail(**written.as_row())
    db.session.add(mail)
    db.session.flush()
    jobs.enqueue(SEND_JOB, {"mail_id": mail.id})
    return mail


def prepare_mail(
    kind: str,
    to: str,
    context: Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
) -> Callable[[], None]:
    """Render a mail now, while others can write; what is returned queues it, inside a unit of work.

    A job that is not `in_transaction` returns it, and so mails exactly once. Arguments and errors are those of `queue`.
    """
    written = write(kind, to, context, headers=headers)

    def queue_it() -> None:
        queue_written(written)

    return queue_it


def write(
    kind: str,
    to: str,
    context: Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
) -> WrittenMail:
    """Render a mail without storing it, as `queue` does: for many at once, while others can write.

    Raises:
        KeyError: no such kind of mail.
    """
    mail_kind = kinds()[kind]
    values = {**context, "reason": mail_kind.reason, "kind": kind, "recipient": to}
    subject = clean_line(_plain(str(mail_kind.subject), values))[:SUBJECT_LENGTH]
    return WrittenMail(
        kind=kind,
        recipient=to,
        subject=subject,
        text=_evenly(render_template(f"email/{kind}.txt", subject=subject, **values)),
        html=_with_styles(render_template(f"email/{kind}.html", subject=subject, **values)),
        headers=dict(headers or {}),
    )


def _evenly(words: str) -> str:
    """Without the empty lines that parts of a template leave where they have nothing to say."""
    return _EMPTY_LINES.sub("\n\n", words).strip() + "\n"


def queue_all(written: Iterable[WrittenMail]) -> None:
    """Store rendered mails with the present change; jobs send them after the commit.

    Raises:
        RuntimeError: outside a unit of work.
    """
    rows = [each.as_row() for each in written]
    if not rows:
        return
    stored = db.session.scalars(insert(Mail).returning(Mail.id), rows)
    jobs.enqueue_all((SEND_JOB, {"mail_id": mail_id}) for mail_id in stored)


def _domain() -> str:
    return parseaddr(app_state().mail.sender)[1].rpartition("@")[2] or "localhost"


def _origin() -> dict[str, str]:
    """The header that says which request led to a mail."""
    request_id = present_id()
    return {request_watch.HEADER: request_id} if request_id else {}


def _plain(template: str, values: Mapping[str, Any]) -> str:
    # A subject is no HTML: nothing in it is escaped, and nothing in a value is a template.
    subjects = app_state().mail.subjects
    if template not in subjects:
        environment = current_app.jinja_env.overlay(autoescape=False)
        subjects[template] = environment.from_string(template)
    return subjects[template].render(site=site(), **values)


def send(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: hand one stored mail to the transport; returned is the note that it is sent.

    A kill between the server's 250 and our commit repeats it with the same Message-ID; over SMTP nobody can do better.
    A power cut, or the death of a PostgreSQL server, may repeat all that was sent since the last claim of jobs.
    """
    found = read_rows(_STORED, {"mail_id": payload["mail_id"]})
    db.session.rollback()  # no transaction stays open while we talk to a server
    if not found:
        return None
    state, error = MailState.SENT, None
    try:
        app_state().mail.transport.send(as_message(found[0]))
    except (CannotBeBuilt, RefusedByServer) as refusal:
        state, error = MailState.REFUSED, str(refusal)

    def note() -> None:
        db.session.connection().execute(
            _NOTE,
            {
                "mail_id": payload["mail_id"],
                "state": state,
                "error": error,
                "sent_at": clock.now() if state is MailState.SENT else None,
            },
        )

    return note


def _with_styles(html: str) -> str:
    """With the styles written to each element, because many mail programs know no other ones."""
    import css_inline  # here, because a start needs no two megabytes of it

    return css_inline.inline(html, keep_style_tags=True, load_remote_stylesheets=False)


def is_configured() -> bool:
    """False when mail only waits, for want of a transport."""
    return not isinstance(app_state().mail.transport, AbsentTransport)


JOB = jobs.JobKind(
    name=SEND_JOB,
    handle=send,
    max_attempts=12,
    in_transaction=False,
    lane=jobs.Lane.MAIL,
    waits_for_disk=False,
)


def kinds() -> dict[str, MailKind]:
    """Every kind of mail, by name."""
    return app_state().mail.kinds
