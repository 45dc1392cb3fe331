"""Refunds, and the items that they are for."""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders.models import Order, OrderLine
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.states import RefundState
from shop.core import clock
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.secrets.tokens import random_token
from shop.plugins.api import Model, created, primary_key

LONGEST_REASON = 300
KEY_LIVES = timedelta(hours=20)
"""Providers forget a key after a day (docs.stripe.com/api/idempotent_requests): then a repeat could pay twice."""


class Refund(Model):
    """Money of one payment that goes back, in minor units of `currency`: never more than was received.

    `shipping_minor` of it is for shipping, `lines` say for which items; the rest is for no line. `reference` is the
    provider's name for it, None until it has answered. `is_owed`: the payment could not be taken at all, so that no
    order is changed by it. `failure` says in words why it failed.

    Once the money has left, `restock` puts those items into the stock again that had not been sent, and `is_returned`
    those that had: the buyer has sent them back.
    """

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("provider", "reference"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("shipping_minor >= 0", name="shipping_not_negative"),
        Index("ix_refund_state_asked_at", "state", "asked_at"),
        Index("ix_refund_settled_at", "settled_at"),
    )

    id: Mapped[primary_key]
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    provider: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str | None] = mapped_column(String(255))
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True, default=random_token)
    state: Mapped[str] = mapped_column(String(10), default=RefundState.ASKED)
    amount_minor: Mapped[int] = mapped_column(BigId)
    shipping_minor: Mapped[int] = mapped_column(BigId, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(300), default="")
    failure: Mapped[str] = mapped_column(String(300), default="")
    restock: Mapped[bool] = mapped_column(default=False)
    is_returned: Mapped[bool] = mapped_column(default=False)
    is_owed: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    asked_at: Mapped[created]
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    order: Mapped[Order] = relationship()
    payment: Mapped[Payment] = relationship()
    by: Mapped[Account | None] = relationship()
    lines: Mapped[list["RefundLine"]] = relationship(
        back_populates="refund", order_by="RefundLine.order_line_id", lazy="selectin"
    )

    @property
    def state_label(self) -> str:
        """The state in words."""
        return RefundState(self.state).label

    @property
    def is_undecided(self) -> bool:
        """Whether the money may still come back."""
        return self.state in {RefundState.ASKED, RefundState.PENDING}

    @property
    def is_done(self) -> bool:
        """Whether the money has left."""
        return self.state == RefundState.DONE

    @property
    def is_failed(self) -> bool:
        """Whether no money moved."""
        return self.state == RefundState.FAILED

    @property
    def is_unclear(self) -> bool:
        """Whether nobody here can know if it was made: it was never answered, and its key is forgotten there."""
        return self.state == RefundState.ASKED and self.asked_at < clock.now() - KEY_LIVES


class RefundLine(Model):
    """Items of one line that a refund is for. `called_off` of them had not been sent, and will not be."""

    __tablename__ = "refund_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
    )

    refund_id: Mapped[int] = mapped_column(ForeignKey("refund.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(
        ForeignKey("order_line.id"), primary_key=True, index=True
    )
    quantity: Mapped[int]
    called_off: Mapped[int] = mapped_column(default=0)
    amount_minor: Mapped[int] = mapped_column(BigId)

    refund: Mapped[Refund] = relationship(back_populates="lines")

    @property
    def to_stock(self) -> int:
        """How many of them go into the stock again."""
        sent = self.quantity - self.called_off
        return self.called_off * self.refund.restock + sent * self.refund.is_returned

    order_line: Mapped[OrderLine] = relationship(lazy="joined")
