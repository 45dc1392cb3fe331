"""Disputes with a buyer's bank."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.orders.models import Order
from shop.core.database.columns import BigId, UtcDateTime
from shop.plugins.api import Model, created, primary_key


class Dispute(Model):
    """A buyer's bank wants money back. `state` is the provider's: open, won (ours again) or lost.

    `respond_by` is until when we may answer, at the provider.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        UniqueConstraint("provider", "reference"),
        Index("ix_dispute_state_respond_by", "state", "respond_by"),
    )

    id: Mapped[primary_key]
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    provider: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(10))
    amount_minor: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(300), default="")
    respond_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[created]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    order: Mapped[Order] = relationship()

    @property
    def is_open(self) -> bool:
        """Whether it can still be answered."""
        return self.state == "open"
