"""Payments: one row an attempt to pay an order at one provider."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.orders.models import Order
from shop.blueprints.payments.states import PaymentState
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.secrets.tokens import random_token
from shop.plugins.api import Model, created, primary_key


class Payment(Model):
    """One attempt to pay an order at one provider, for a fixed amount in minor units.

    `idempotency_key` goes to the provider, so that starting twice is one payment there. `reference` is the provider's
    name for it. `learned_from` says how we came to know its end: return, webhook, look-up. `under_way_at` is when we
    heard that a bank needs more time with it; `declines` counts the cards that were refused. `pay_by` is there where
    the buyer pays later and elsewhere, such as by bank transfer: until when.

    `received_minor` (of `received_currency`) is what was charged, 0 before. `refunding_minor` of it has gone back or is
    about to: it never exceeds what was received, whoever asks, by the statement that raises it and by the database.
    """

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("provider", "reference"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("received_minor >= 0", name="received_not_negative"),
        CheckConstraint(
            "refunding_minor >= 0 AND refunding_minor <= received_minor",
            name="refunding_within_received",
        ),
        Index("ix_payment_state_started_at", "state", "started_at"),
        Index("ix_payment_started_at", "started_at"),
        Index("ix_payment_learned_from_settled_at", "learned_from", "settled_at"),
    )

    id: Mapped[primary_key]
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    subscription_id: Mapped[int | None] = mapped_column(
        ForeignKey("paid_subscription.id"), index=True
    )
    provider: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str | None] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(20), default=PaymentState.STARTING)
    amount_minor: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str] = mapped_column(String(3))
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True, default=random_token)
    redirect_url: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(300), default="")
    learned_from: Mapped[str] = mapped_column(String(40), default="")
    started_at: Mapped[created]
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    under_way_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pay_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    declines: Mapped[int] = mapped_column(default=0, server_default="0")
    received_minor: Mapped[int] = mapped_column(BigId, default=0, server_default="0")
    received_currency: Mapped[str] = mapped_column(String(3), default="", server_default="")
    refunding_minor: Mapped[int] = mapped_column(BigId, default=0, server_default="0")

    order: Mapped[Order] = relationship()

    @property
    def state_label(self) -> str:
        """The state in words."""
        return PaymentState(self.state).label

    @property
    def refundable_minor(self) -> int:
        """What can still be given back."""
        return self.received_minor - self.refunding_minor
