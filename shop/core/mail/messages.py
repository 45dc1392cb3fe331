"""What is stored of a mail, made into the message that travels."""

from __future__ import annotations

from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from functools import cache

from shop.core.app_state import app_state
from shop.core.mail.models import Mail
from shop.core.text import has_control_characters


class _AddressHeader(UnstructuredHeader):
    """A header that holds an address of ours and stays on one line.

    Python would fold a long one into encoded words, which mail programs do not read here (RFC 2369, 2).
    """

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


class _HeaderKinds(HeaderRegistry):
    """Python's registry makes a class for each header of each message anew."""

    def __init__(self) -> None:
        super().__init__()
        self.kind_of = cache(super().__getitem__)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        return self.kind_of(name)


class FinishedMessage(EmailMessage):
    """A message as it was written out once: whoever sends `octets` need not write it out again."""

    octets: bytes = b""


_HEADERS = _HeaderKinds()
_HEADERS.map_to_type("list-unsubscribe", _AddressHeader)  # type: ignore[arg-type]
POLICY = SMTP.clone(header_factory=_HEADERS)


class CannotBeBuilt(Exception):
    """What is stored of a mail can't be made into one."""


def as_message(mail: Mail) -> FinishedMessage:
    """The stored mail as a MIME message with both parts.

    Raises:
        CannotBeBuilt: something in it fits no mail, and never will.
    """
    try:
        message = _built(mail)
        message.octets = message.as_bytes()  # some faults show only when it is written out
    except Exception as error:  # whatever the library raises, trying again would raise it again
        raise CannotBeBuilt(f"{type(error).__name__}: {error}") from error
    return message


def _built(mail: Mail) -> FinishedMessage:
    if any(map(has_control_characters, (mail.recipient, mail.subject, *mail.headers.values()))):
        raise ValueError("an address or a header holds a line break")
    if not (mail.text and mail.html):
        raise ValueError("it was stored with a secret key that is no longer listed")
    message = FinishedMessage(policy=POLICY)
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
