"""The ways out for mail: through a server, into a folder, or none. Plugins bring others."""

from __future__ import annotations

import contextlib
import select
import smtplib
import ssl
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from shop.core.mail.messages import FinishedMessage

SCHEMES = frozenset({"smtp", "smtps", "file"})
"""What the addresses of our own ways out begin with."""
TIMEOUT_SECONDS = 20
AFTER_DATA_SECONDS = 50
"""How long a server may think about a mail that it has: as long as the job may take. Whoever gives up earlier sends the
mail again while the server delivers it (RFC 5321, 4.5.3.2.6)."""
MAILS_A_CONNECTION = 100  # many servers hang up after so many


class NoTransport(Exception):
    """No way to send mail is configured."""


class RefusedByServer(Exception):
    """The mail server refused this recipient or message for good (5xx)."""


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
            _hand_over(client, message)
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


class _Client(smtplib.SMTP):
    def data(self, msg: bytes | str) -> tuple[int, bytes]:  # type: ignore[override]
        self._wait_for(AFTER_DATA_SECONDS)
        try:
            return super().data(msg)
        finally:
            self._wait_for(TIMEOUT_SECONDS)

    def _wait_for(self, seconds: float) -> None:
        if self.sock is not None:
            self.sock.settimeout(seconds)


class _TlsClient(_Client, smtplib.SMTP_SSL):
    """The same, encrypted from the beginning."""


def _called(parts: SplitResult) -> smtplib.SMTP:
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        context = ssl.create_default_context()
        return _TlsClient(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    return _Client(host, parts.port or 25, timeout=TIMEOUT_SECONDS)


def _encrypt(client: smtplib.SMTP, *, or_refuse: bool) -> None:
    if client.has_extn("starttls"):
        client.starttls(context=ssl.create_default_context())
        client.ehlo()
    elif or_refuse:  # someone on the way may have taken the offer out
        raise NoEncryption("The mail server offers no STARTTLS, so the password was not sent.")


def _hand_over(client: smtplib.SMTP, message: EmailMessage) -> None:
    """As it was written out, where that is known and the addresses are no reason to write them otherwise."""
    if (
        isinstance(message, FinishedMessage)
        and message.sender.isascii()
        and message.recipient.isascii()
    ):
        client.sendmail(message.sender, message.recipient, message.octets)
    else:
        client.send_message(message)


def _is_alive(client: smtplib.SMTP) -> bool:
    """Whether a server that was spoken to a moment ago is there: one that hangs up says so, or closes."""
    if client.sock is None:
        return False
    try:
        has_spoken, _, _ = select.select([client.sock], [], [], 0)
        return not has_spoken or client.noop()[0] == 250
    except (OSError, ValueError, smtplib.SMTPException):
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


def transport_for(url: str) -> MailTransport:
    """The transport of ours that `SHOP_SMTP_URL` names."""
    parts = urlsplit(url)
    if not url:
        return AbsentTransport()
    if parts.scheme == "file":
        return FolderTransport(Path(unquote(parts.path)))
    return SmtpTransport(url)
