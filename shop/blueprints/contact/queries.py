"""Questions about messages."""

from __future__ import annotations

from sqlalchemy import Select, func, select

from shop.blueprints.contact.models import Message
from shop.core.errors import or_404
from shop.core.web.pagination import Page, newest_first
from shop.plugins.api import db

PAGE_SIZE = 50


def message_or_404(message_id: int) -> Message:
    """One message.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Message, message_id))


def messages_in(*, done: bool, after: str | None = None) -> Page[Message]:
    """Messages that wait, or that are done; newest first."""
    query = select(Message).where(
        Message.done_at.is_not(None) if done else Message.done_at.is_(None)
    )
    return newest_first(query, Message.id, after=after, size=PAGE_SIZE)


def messages_waiting_query() -> Select[int]:
    """How many messages nobody has dealt with, to be asked together with others."""
    return select(func.count()).select_from(Message).where(Message.done_at.is_(None))


def messages_of(email: str) -> list[Message]:
    """What one person wrote."""
    return list(
        db.session.scalars(select(Message).where(Message.email == email).order_by(Message.id))
    )
