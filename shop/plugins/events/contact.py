"""Facts of contact."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class MessageReceived(Event):
    """A visitor wrote to us.

    Attributes:
        message_id: which message.
    """

    message_id: int
