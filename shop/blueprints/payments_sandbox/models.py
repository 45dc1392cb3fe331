"""The provider's side of a sandbox payment."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.columns import BigId, UtcDateTime, created, moment, primary_key
from shop.extensions import Model


class SandboxState(StrEnum):
    """What the sandbox would say of a payment."""

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class SandboxPayment(Model):
    """A payment as its provider knows it. `succeeds_at` is set while a slow one is under way."""

    __tablename__ = "sandbox_payment"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    id: Mapped[primary_key]
    reference: Mapped[str] = mapped_column(String(60), unique=True)
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True)
    state: Mapped[str] = mapped_column(String(10), default=SandboxState.OPEN)
    amount_minor: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str] = mapped_column(String(3))
    order_number: Mapped[str] = mapped_column(String(20))
    return_url: Mapped[str] = mapped_column(Text)
    cancel_url: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[moment]
    succeeds_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[created]

    @property
    def is_open(self) -> bool:
        """Whether the buyer may still decide."""
        return (
            self.state == SandboxState.OPEN
            and self.succeeds_at is None
            and self.expires_at > clock.now()
        )
