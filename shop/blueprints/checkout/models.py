"""Which order came from which cart, and what providers told us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.orders.models import Order
from shop.core.columns import BigId, UtcDateTime, created, primary_key
from shop.extensions import Model


class CheckoutAttempt(Model):
    """The order that a cart became. `contents` is a digest of all that was ordered and said.

    `page_key` names the page whose button was pressed, so that pressing it again finds the same order. The cart may
    be gone by now: its id is remembered, not held. `address_key` is a keyed hash of the buyer's network address.
    """

    __tablename__ = "checkout_attempt"
    __table_args__ = (
        Index("ix_checkout_attempt_cart_id_order_id", "cart_id", "order_id"),
        Index("ix_checkout_attempt_address_key_created_at", "address_key", "created_at"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), primary_key=True)
    cart_id: Mapped[int] = mapped_column(BigId)
    page_key: Mapped[str] = mapped_column(String(60), index=True)
    contents: Mapped[str] = mapped_column(String(64))
    address_key: Mapped[str] = mapped_column(String(64), default="", server_default="")
    created_at: Mapped[created]
    cart_cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    order: Mapped[Order] = relationship(lazy="joined")


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
