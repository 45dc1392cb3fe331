"""Mail as rows: written in the transaction that causes it, sent by a job, kept with what became of it.

Every mail has a text and an HTML part, rendered when it is queued, so that what was sent can be read later. Without a
configured transport mail *waits*, and the admin says so: nobody is told that something was sent when it was not.
"""

import contextlib
import smtplib
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from flask import Flask, current_app, render_template
from flask_babel import lazy_gettext as _l
from jinja2 import Template
from sqlalchemy import Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock, jobs
from shop.core.app_state import app_state
from shop.core.database.columns import UtcDateTime, created, primary_key
from shop.core.labels import LabelledEnum
from shop.core.observing import request_watch
from shop.core.observing.request_watch import present_id
from shop.core.secrets.sealing import SealedText, SealedTexts
from shop.core.site import site
from shop.core.text import clean_line, has_control_characters
from shop.extensions import Model, db

SEND_JOB = "mail.send"
TIMEOUT_SECONDS = 20
MAILS_A_CONNECTION = 100  # many servers hang up after so many
SUBJECT_LENGTH = 300


class _AddressHeader(UnstructuredHeader):
    """A header that holds an address of ours and stays on one line.

    Python would fold a long one into encoded words, which mail programs do not read here (RFC 2369, 2).
    """

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _AddressHeader)  # type: ignore[arg-type]
POLICY = SMTP.clone(header_factory=_HEADERS)


class MailState(LabelledEnum):
    """What became of a mail. *Waiting* includes 'no transport is configured'; *refused* is a dead letter."""

    WAITING = "waiting", _l("Waiting")
    SENT = "sent", _l("Sent")
    REFUSED = "refused", _l("Refused")


class Mail(Model):
    """One message to one person. `message_id` never changes, so that a repeat can be recognised as one.

    Both parts and the headers are stored encrypted, because links in them open accounts, orders and downloads, or end a
    subscription. They are empty when the secret key with which they were stored is no longer listed.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_state_id", "state", "id"),)

    id: Mapped[primary_key]
    kind: Mapped[str] = mapped_column(String(80))
    recipient: Mapped[str] = mapped_column(String(320), index=True)
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH))
    text: Mapped[str] = mapped_column(SealedText("mail"))
    html: Mapped[str] = mapped_column(SealedText("mail"))
    headers: Mapped[dict[str, str]] = mapped_column(SealedTexts("mail headers"))
    message_id: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default=MailState.WAITING)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[created]
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def was_written(kind: str, recipient: str, *, since: datetime) -> bool:
    """Whether somebody was written a mail of a kind since a moment (UTC), sent by now or not."""
    query = select(Mail.id).where(
        Mail.recipient == recipient, Mail.kind == kind, Mail.created_at > since
    )
    return db.session.scalar(query.limit(1)) is not None


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


class NoTransport(Exception):
    """No way to send mail is configured."""


class RefusedByServer(Exception):
    """The mail server refused this recipient or message for good (5xx)."""


class CannotBeBuilt(Exception):
    """What is stored of a mail can't be made into one."""


class NoEncryption(smtplib.SMTPException):
    """The mail server offers no encryption, and a password would be sent in plain text."""


class MailTransport(Protocol):
    """What sends a finished message."""

    def send(self, message: EmailMessage) -> None:
        """Hand the message over.

        Raises:
            RefusedByServer: a final no.
            OSError, smtplib.SMTPException: not now; it is tried again.
        """

    def rest(self) -> None:
        """There is nothing more to send for now."""


class SmtpTransport:
    """Through a mail server: `smtp://user:password@host:587` (STARTTLS) or `smtps://`.

    Without a user a server that offers no STARTTLS is written to in plain text; a password never is.

    A connection is kept for the next mail until the jobs rest: to open one costs several times what a mail does.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._kept = threading.local()

    def send(self, message: EmailMessage) -> None:
        client = self._connection()
        try:
            client.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = next(iter(error.recipients.values()))
            if code >= 500:
                raise RefusedByServer(f"{code} {reply.decode(errors='replace')}") from error
            raise
        except smtplib.SMTPResponseException as error:
            if error.smtp_code >= 500:
                raise RefusedByServer(str(error)) from error
            raise
        except smtplib.SMTPNotSupportedError as error:  # SMTPUTF8, which the address needs
            raise RefusedByServer(str(error)) from error
        except BaseException:
            self.rest()  # nobody knows where such a conversation stands
            raise

    def rest(self) -> None:
        """Let go of this thread's connection."""
        client: smtplib.SMTP | None = getattr(self._kept, "client", None)
        self._kept.client = None
        if client is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                client.quit()
            client.close()

    def _connection(self) -> smtplib.SMTP:
        kept: smtplib.SMTP | None = getattr(self._kept, "client", None)
        if kept is not None and self._kept.mails < MAILS_A_CONNECTION and _is_alive(kept):
            self._kept.mails += 1
            return kept
        self.rest()
        opened = self._kept.client = self._open()
        self._kept.mails = 1
        return opened

    def _open(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        client = _called(parts)
        try:
            client.ehlo_or_helo_if_needed()
            if parts.scheme == "smtp":
                _encrypt(client, or_refuse=bool(parts.username))
            if parts.username:
                client.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            client.close()
            raise
        return client


def _called(parts: SplitResult) -> smtplib.SMTP:
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)


def _encrypt(client: smtplib.SMTP, *, or_refuse: bool) -> None:
    if client.has_extn("starttls"):
        client.starttls(context=ssl.create_default_context())
        client.ehlo()
    elif or_refuse:  # someone on the way may have taken the offer out
        raise NoEncryption("The mail server offers no STARTTLS, so the password was not sent.")


def _is_alive(client: smtplib.SMTP) -> bool:
    try:
        return client.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


@dataclass(frozen=True, slots=True)
class FolderTransport:
    """Into a folder, one `.eml` file a message: `file:///path`. For trying out, and for tests of others."""

    folder: Path

    def send(self, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").split("@")[0].replace("/", "_")
        part = self.folder / f"{name}.part"
        part.write_bytes(message.as_bytes(policy=SMTP))
        part.replace(self.folder / f"{name}.eml")

    def rest(self) -> None:
        """There is nothing to let go of."""


@dataclass(frozen=True, slots=True)
class AbsentTransport:
    """Stands where no transport is configured."""

    def send(self, _message: EmailMessage) -> None:
        raise NoTransport

    def rest(self) -> None:
        """There is nothing to let go of."""


@dataclass(slots=True)
class MailSystem:
    """What an application needs to send mail: what it may send, by name, the way out, and its own address."""

    kinds: dict[str, MailKind]
    transport: MailTransport
    sender: str
    subjects: dict[str, Template] = field(default_factory=dict)
    """The compiled subjects, by their source."""


def transport_for(url: str) -> MailTransport:
    """The transport that `SHOP_SMTP_URL` names."""
    parts = urlsplit(url)
    if not url:
        return AbsentTransport()
    if parts.scheme == "file":
        return FolderTransport(Path(unquote(parts.path)))
    return SmtpTransport(url)


def compile_ahead(app: Flask) -> None:
    """Compile the templates of mails, unless a process before this one has.

    A mail is rendered inside a transaction. With SQLite nobody else can write meanwhile, and compiling the first
    confirmation of an order kept buyers waiting, on a busy machine until they were sent away.
    """
    environment = app.jinja_env
    if environment.loader is not None:
        for name in environment.list_templates(filter_func=lambda name: name.startswith("email/")):
            environment.loader.load(environment, name)


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
    mail_kind = kinds()[kind]
    values = {**context, "reason": mail_kind.reason, "kind": kind, "recipient": to}
    subject = clean_line(_plain(str(mail_kind.subject), values))[:SUBJECT_LENGTH]
    mail = Mail(
        kind=kind,
        recipient=to,
        subject=subject,
        text=render_template(f"email/{kind}.txt", subject=subject, **values),
        html=_with_styles(render_template(f"email/{kind}.html", subject=subject, **values)),
        headers={**(headers or {}), **_origin()},
        message_id=make_msgid(
            domain=parseaddr(app_state().mail.sender)[1].rpartition("@")[2] or "localhost"
        ),
    )
    db.session.add(mail)
    db.session.flush()
    jobs.enqueue(SEND_JOB, {"mail_id": mail.id})
    return mail


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
    """
    mail = db.session.get(Mail, payload["mail_id"])
    if mail is None or mail.state != MailState.WAITING:
        return None
    state, error = MailState.SENT, None
    try:
        message = as_message(mail)
        db.session.rollback()  # no transaction stays open while we talk to a server
        app_state().mail.transport.send(message)
    except (CannotBeBuilt, RefusedByServer) as refusal:
        db.session.rollback()
        state, error = MailState.REFUSED, str(refusal)

    def note() -> None:
        stored = db.session.get_one(Mail, payload["mail_id"])
        stored.state = state
        stored.error = error
        stored.sent_at = clock.now() if state is MailState.SENT else None

    return note


def as_message(mail: Mail) -> EmailMessage:
    """The stored mail as a MIME message with both parts.

    Raises:
        CannotBeBuilt: something in it fits no mail, and never will.
    """
    try:
        message = _built(mail)
        message.as_bytes()  # some faults show only when it is written out
    except Exception as error:  # whatever the library raises, trying again would raise it again
        raise CannotBeBuilt(f"{type(error).__name__}: {error}") from error
    return message


def _built(mail: Mail) -> EmailMessage:
    if any(map(has_control_characters, (mail.recipient, mail.subject, *mail.headers.values()))):
        raise ValueError("an address or a header holds a line break")
    if not (mail.text and mail.html):
        raise ValueError("it was stored with a secret key that is no longer listed")
    message = EmailMessage(policy=POLICY)
    message["Subject"] = mail.subject
    name, address = parseaddr(app_state().mail.sender)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(addr_spec=_in_ascii(mail.recipient))
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    for header, value in mail.headers.items():
        message[header] = value
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _in_ascii(address: str) -> str:
    # A domain of another script travels in its ASCII form (RFC 5890): few servers speak SMTPUTF8.
    if address.isascii():
        return address
    from email_validator import validate_email  # as in `mailboxes`

    return validate_email(address, check_deliverability=False).ascii_email or address


def _with_styles(html: str) -> str:
    """With the styles written to each element, because many mail programs know no other ones."""
    import css_inline  # here, because a start needs no two megabytes of it

    return css_inline.inline(html, keep_style_tags=True, load_remote_stylesheets=False)


def is_configured() -> bool:
    """False when mail only waits, for want of a transport."""
    return not isinstance(app_state().mail.transport, AbsentTransport)


JOB = jobs.JobKind(
    name=SEND_JOB, handle=send, max_attempts=12, in_transaction=False, lane=jobs.Lane.MAIL
)


def kinds() -> dict[str, MailKind]:
    """Every kind of mail, by name."""
    return app_state().mail.kinds
