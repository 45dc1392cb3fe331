"""What visitors wrote."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.columns import UtcDateTime
from shop.plugins.api import Model, created, primary_key


class Message(Model):
    """One message from the contact page."""

    __tablename__ = "contact_message"
    __table_args__ = (
        Index("ix_contact_message_done_at_id", "done_at", "id"),
        Index("ix_contact_message_email", "email"),
    )

    id: Mapped[primary_key]
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(320))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[created]
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_done(self) -> bool:
        """Whether someone has dealt with it."""
        return self.done_at is not None
