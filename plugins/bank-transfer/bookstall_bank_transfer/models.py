"""What we wait for, what came, and what goes back. Amounts in minor units of the transfer's currency."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.plugins.api import Model, created, moment, primary_key


class Transfer(Model):
    """Money that a buyer is to send. `key` is the payment's idempotency key: one start makes one transfer.

    `paid_at` is when all of it was there, `ended_at` when the order stopped waiting for it unpaid.
    """

    __tablename__ = "plugin_bank_transfer_transfer"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    id: Mapped[primary_key]
    key: Mapped[str] = mapped_column(String(80), unique=True)
    reference: Mapped[str] = mapped_column(String(80), unique=True)
    order_number: Mapped[str] = mapped_column(String(20), index=True)
    email: Mapped[str] = mapped_column(String(320), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    order_url: Mapped[str] = mapped_column(String(500))
    pay_by: Mapped[moment]
    asked_at: Mapped[created]
    reminded_at: Mapped[moment | None]
    paid_at: Mapped[moment | None]
    ended_at: Mapped[moment | None]

    receipts: Mapped[list[Receipt]] = relationship(order_by="Receipt.id", lazy="selectin")
    returns: Mapped[list[Return]] = relationship(order_by="Return.id", lazy="selectin")

    @property
    def is_awaited(self) -> bool:
        """Whether the order still waits for it."""
        return self.paid_at is None and self.ended_at is None

    @property
    def received_minor(self) -> int:
        """What has come so far."""
        return sum(each.amount_minor for each in self.receipts)

    @property
    def kept_minor(self) -> int:
        """What has come, less what goes back or has gone."""
        return self.received_minor - sum(each.amount_minor for each in self.returns)

    @property
    def missing_minor(self) -> int:
        """What has still to come."""
        return max(0, self.amount_minor - self.kept_minor)


class Receipt(Model):
    """Money on the bank statement, as staff noted it."""

    __tablename__ = "plugin_bank_transfer_receipt"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    id: Mapped[primary_key]
    transfer_id: Mapped[int] = mapped_column(
        ForeignKey("plugin_bank_transfer_transfer.id"), index=True
    )
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    came_on: Mapped[date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(String(200))
    noted_by: Mapped[str] = mapped_column(String(320))
    noted_at: Mapped[created]


class Return(Model):
    """Money that staff have to send back by hand. `key` is the refund's, so that it is asked for once."""

    __tablename__ = "plugin_bank_transfer_return"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    id: Mapped[primary_key]
    transfer_id: Mapped[int] = mapped_column(
        ForeignKey("plugin_bank_transfer_transfer.id"), index=True
    )
    key: Mapped[str] = mapped_column(String(80), unique=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(300))
    asked_at: Mapped[created]
    sent_at: Mapped[moment | None]

    transfer: Mapped[Transfer] = relationship(viewonly=True)
