"""A mail server as they are out there: slow, and it sends whoever comes for the first time away for a while."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.harness import free_port

GREY_SECONDS = 4.0
"""Before that an address is told to come again (RFC 6647)."""
SLOW = 0.1
"""The share of mails that take long."""
LONGEST = 3.0


@dataclass
class Letterbox:
    """What came, each by its Message-ID: the recipient, and how often."""

    url: str = ""
    came: Counter[tuple[str, str]] = field(default_factory=Counter)
    sent_away: int = 0
    _first: dict[str, float] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Send an address away that is new here."""
        if time.monotonic() - self._first.setdefault(address, time.monotonic()) < GREY_SECONDS:
            self.sent_away += 1
            return "451 4.7.1 Greylisted, please try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, sometimes slowly."""
        if random.random() < SLOW:
            await asyncio.sleep(random.uniform(0.5, LONGEST))
        message = email.message_from_bytes(
            envelope.original_content or b"", policy=email.policy.default
        )
        self.came[str(message["Message-ID"]), str(envelope.rcpt_tos[0])] += 1
        return "250 OK"


@contextmanager
def letterbox() -> Iterator[Letterbox]:
    """The server, on a free port, in a thread of this process."""
    box, port = Letterbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}"
    try:
        yield box
    finally:
        with contextlib.suppress(TimeoutError):
            controller.stop()
