"""Messages of providers."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.columns import UtcDateTime
from shop.plugins.api import Model, created, primary_key


class WebhookEvent(Model):
    """A genuine message of a provider: stored once, however often it is sent. `reference` is of what it is about."""

    __tablename__ = "webhook_event"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index("ix_webhook_event_provider_reference", "provider", "reference"),
    )

    id: Mapped[primary_key]
    provider: Mapped[str] = mapped_column(String(60))
    event_id: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(120))
    about: Mapped[str] = mapped_column(String(10), default="payment", server_default="payment")
    reference: Mapped[str] = mapped_column(String(255))
    received_at: Mapped[created]
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(40), default="")
