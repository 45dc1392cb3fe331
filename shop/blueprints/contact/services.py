"""What happens to messages."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import delete, select

from shop.blueprints.accounts import queries as accounts
from shop.blueprints.contact.models import Message
from shop.core import clock, mail
from shop.core.database.new_rows import store_now
from shop.plugins.api import db, publish
from shop.plugins.api.events import MessageReceived


def receive_message(*, name: str, email: str, body: str) -> Message:
    """Store a message. The mail to the owner follows the commit."""
    message = Message(name=name, email=email, body=body)
    store_now(message)
    publish(MessageReceived(message_id=message.id))
    return message


def tell_the_owner(event: MessageReceived) -> Callable[[], None] | None:
    """Mail a message on, so that an answer goes to its writer. Without an owner the inbox has to do."""
    message = db.session.get(Message, event.message_id)
    owner = accounts.address_of_owner()
    if message is None or not owner:
        return None
    written = mail.write(
        "contact-message", owner, {"message": message}, headers={"Reply-To": message.email}
    )

    def queue_it() -> None:
        if db.session.scalar(select(Message.id).where(Message.id == event.message_id)):
            mail.queue_written(written)

    return queue_it


def close_message(message: Message) -> None:
    """Note that a message has been dealt with."""
    if not message.is_done:
        message.done_at = clock.now()


def reopen_message(message: Message) -> None:
    """Put a message back among those that wait."""
    message.done_at = None


def erase(email: str) -> None:
    """Delete what one person wrote."""
    db.session.execute(delete(Message).where(Message.email == email))
