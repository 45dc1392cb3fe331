"""What is stored of a mail, made into the message that travels."""

from __future__ import annotations

import base64
import quopri
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from functools import cache, lru_cache
from typing import Protocol

from shop.core.app_state import app_state
from shop.core.text import has_control_characters

BOUNDARY = "=_part"
"""Stands in neither encoding of a part, so no text can end one (RFC 2045, 6.7)."""
REMEMBERED_HEADERS = 256


class _Header(BaseHeader):
    """A header that is written out once, however many mails carry it."""

    def fold(self, *, policy: Policy) -> str:
        written: dict[tuple[str, int | None, bool], str] = self.__dict__.setdefault("written", {})
        way = (policy.linesep, policy.max_line_length, policy.utf8)  # type: ignore[attr-defined]
        if way not in written:
            written[way] = super().fold(policy=policy)
        return written[way]


class _AddressHeader(UnstructuredHeader):
    """A header that holds an address of ours and stays on one line.

    Python would fold a long one into encoded words, which mail programs do not read here (RFC 2369, 2).
    """

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


class _HeaderKinds(HeaderRegistry):
    """Python's registry makes a class for each header of each message anew, and reads each again.

    Most headers of a letter are the same for everyone.
    """

    def __init__(self) -> None:
        super().__init__(base_class=_Header)
        self.kind_of = cache(super().__getitem__)
        self.read = lru_cache(REMEMBERED_HEADERS)(super().__call__)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        return self.kind_of(name)

    def __call__(self, name: str, value: str) -> BaseHeader:
        return self.read(name, value)


class FinishedMessage(EmailMessage):
    """A message as it was written out once: whoever sends `octets` need not write it out again.

    `sender` and `recipient` are the bare addresses.
    """

    octets: bytes = b""
    sender: str = ""
    recipient: str = ""


_HEADERS = _HeaderKinds()
_HEADERS.map_to_type("list-unsubscribe", _AddressHeader)  # type: ignore[arg-type]
POLICY = SMTP.clone(header_factory=_HEADERS)


class CannotBeBuilt(Exception):
    """What is stored of a mail can't be made into one."""


class StoredMail(Protocol):
    """What is stored of a mail: its row, or these columns of it."""

    recipient: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    message_id: str
    created_at: datetime


def as_message(mail: StoredMail) -> FinishedMessage:
    """The stored mail as a MIME message with both parts.

    Raises:
        CannotBeBuilt: something in it fits no mail, and never will.
    """
    try:
        message = _built(mail)
        message.octets = _written(message)  # some faults show only then
    except Exception as error:  # whatever the library raises, trying again would raise it again
        raise CannotBeBuilt(f"{type(error).__name__}: {error}") from error
    return message


def _built(mail: StoredMail) -> FinishedMessage:
    if any(map(has_control_characters, (mail.recipient, mail.subject, *mail.headers.values()))):
        raise ValueError("an address or a header holds a line break")
    if not (mail.text and mail.html):
        raise ValueError("it was stored with a secret key that is no longer listed")
    message = FinishedMessage(policy=POLICY)
    sender, message.sender = _sender(app_state().mail.sender)
    message.recipient = _in_ascii(mail.recipient)
    to = str(Address(addr_spec=message.recipient))
    message["Subject"] = mail.subject
    message["From"] = sender
    message.set_raw("To", to)  # it was read already
    message["Date"] = format_datetime(mail.created_at)
    message.set_raw("Message-ID", mail.message_id)
    message["Auto-Submitted"] = "auto-generated"
    for header, value in mail.headers.items():
        message[header] = value
    message["MIME-Version"] = "1.0"
    message["Content-Type"] = f'multipart/alternative; boundary="{BOUNDARY}"'
    message.set_payload([_part("plain", mail.text), _part("html", mail.html)])
    return message


@lru_cache(1)
def _sender(configured: str) -> tuple[str, str]:
    """How the sender stands in a mail, and the bare address."""
    name, address = parseaddr(configured)
    return str(Address(display_name=name, addr_spec=address)), address


def _part(subtype: str, words: str) -> MIMEPart:
    """A text, encoded so that no boundary stands in it: what is hardly ASCII as base64, which is shorter then."""
    octets = words.encode()
    lines = [*octets.splitlines(), b""]
    if len(octets) > 1.1 * len(words):
        encoding, encoded = "base64", base64.encodebytes(b"\r\n".join(lines))
    else:
        encoding, encoded = "quoted-printable", quopri.encodestring(b"\n".join(lines))
    part = MIMEPart(policy=POLICY)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = encoding
    part.set_payload(encoded.decode())
    return part


def _written(message: EmailMessage) -> bytes:
    """What `as_bytes` gives too, which writes each line of the parts by itself: that takes as long as all the rest."""
    delimiter = f"--{BOUNDARY}".encode()
    parts = (_head(part) + _body(part) for part in message.iter_parts())
    written = b"".join(b"".join((delimiter, b"\r\n", part, b"\r\n")) for part in parts)
    return b"".join((_head(message), written, delimiter, b"--\r\n"))


def _head(part: MIMEPart) -> bytes:
    return b"".join(POLICY.fold_binary(*each) for each in part.raw_items()) + b"\r\n"


def _body(part: MIMEPart) -> bytes:
    return str(part.get_payload()).replace("\n", "\r\n").encode()


def _in_ascii(address: str) -> str:
    # A domain of another script travels in its ASCII form (RFC 5890): few servers speak SMTPUTF8.
    if address.isascii():
        return address
    from email_validator import validate_email  # as in `mailboxes`

    return validate_email(address, check_deliverability=False).ascii_email or address
