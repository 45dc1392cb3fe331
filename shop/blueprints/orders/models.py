"""Orders, their lines, their payments, and what happened to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders.states import OrderState, PaymentState
from shop.core.columns import BigId, UtcDateTime, created, primary_key
from shop.core.mail import Mail
from shop.core.tokens import random_token
from shop.extensions import Model

PAID_STATES = frozenset({OrderState.PAID, OrderState.FULFILLED})


class Order(Model):
    """What somebody ordered. Amounts are in minor units of `currency` and never change afterwards.

    `address` is None when nothing is sent by post, else name, line1, line2, postcode, city and country (ISO 3166-1
    alpha-2). `reserved_until` is when its stock is given back, if it is not paid.
    """

    __tablename__ = "shop_order"
    __table_args__ = (
        CheckConstraint("subtotal_minor >= 0", name="subtotal_not_negative"),
        CheckConstraint("shipping_minor >= 0", name="shipping_not_negative"),
        CheckConstraint("tax_minor >= 0", name="tax_not_negative"),
        CheckConstraint("total_minor >= 0", name="total_not_negative"),
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
        Index("ix_shop_order_state_id", "state", "id"),
        Index("ix_shop_order_email_id", "email", "id"),
        Index("ix_shop_order_account_id_id", "account_id", "id"),
        Index("ix_shop_order_state_reserved_until", "state", "reserved_until"),
    )

    id: Mapped[primary_key]
    token: Mapped[str] = mapped_column(String(40), unique=True, default=random_token)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    state: Mapped[str] = mapped_column(String(20), default=OrderState.AWAITING_PAYMENT)
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(80))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    currency: Mapped[str] = mapped_column(String(3))
    subtotal_minor: Mapped[int] = mapped_column(BigId)
    shipping_minor: Mapped[int] = mapped_column(BigId)
    tax_minor: Mapped[int] = mapped_column(BigId)
    total_minor: Mapped[int] = mapped_column(BigId)
    address: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    note: Mapped[str] = mapped_column(Text, default="")
    placed_at: Mapped[created]
    reserved_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    lines: Mapped[list[OrderLine]] = relationship(
        back_populates="order", order_by="OrderLine.id", lazy="selectin"
    )
    payments: Mapped[list[Payment]] = relationship(back_populates="order", order_by="Payment.id")
    transitions: Mapped[list[OrderTransition]] = relationship(order_by="OrderTransition.id")

    @property
    def is_paid(self) -> bool:
        """Whether it has been paid for, handed over or not."""
        return self.state in PAID_STATES

    @property
    def is_awaiting_payment(self) -> bool:
        """Whether money may still come in time."""
        return self.state == OrderState.AWAITING_PAYMENT

    @property
    def is_cancelled(self) -> bool:
        """Whether it came to nothing."""
        return self.state == OrderState.CANCELLED

    @property
    def needs_shipping(self) -> bool:
        """Whether something has to be sent by post."""
        return any(not line.is_digital for line in self.lines)

    @property
    def state_label(self) -> str:
        """The state in words."""
        return OrderState(self.state).label

    @property
    def is_refund_due(self) -> bool:
        """Whether we hold money that has to go back."""
        return any(payment.state == PaymentState.REFUND_DUE for payment in self.payments)


class OrderLine(Model):
    """One thing that was ordered, as it was called and priced at that moment."""

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("unit_price_minor >= 0", name="unit_price_not_negative"),
    )

    id: Mapped[primary_key]
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    variant_id: Mapped[int | None] = mapped_column(
        ForeignKey("variant.id", ondelete="SET NULL"), index=True
    )
    product_id: Mapped[int | None] = mapped_column(
        ForeignKey("product.id", ondelete="SET NULL"), index=True
    )
    title: Mapped[str] = mapped_column(String(200))
    variant_title: Mapped[str] = mapped_column(String(200), default="")
    sku: Mapped[str] = mapped_column(String(80), default="")
    unit_price_minor: Mapped[int] = mapped_column(BigId)
    quantity: Mapped[int]
    is_digital: Mapped[bool]

    order: Mapped[Order] = relationship(back_populates="lines")

    @property
    def total_minor(self) -> int:
        """Price of the line."""
        return self.unit_price_minor * self.quantity


class OrderTransition(Model):
    """A step of an order from one state to another. `by_id` is None when no member of staff took it."""

    __tablename__ = "order_transition"

    id: Mapped[primary_key]
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    from_state: Mapped[str | None] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    why: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[created]

    by: Mapped[Account | None] = relationship()

    @property
    def state_label(self) -> str:
        """The state that was reached, in words."""
        return OrderState(self.to_state).label


class Payment(Model):
    """One attempt to pay an order at one provider, for a fixed amount in minor units.

    `idempotency_key` goes to the provider, so that starting twice is one payment there. `reference` is the provider's
    name for it. `learned_from` says how we came to know its end: return, webhook, look-up. `under_way_at` is when we
    heard that a bank takes its time with it; `declines` counts the cards that were refused.
    """

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("provider", "reference"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index("ix_payment_state_started_at", "state", "started_at"),
        Index("ix_payment_started_at", "started_at"),
    )

    id: Mapped[primary_key]
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
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
    declines: Mapped[int] = mapped_column(default=0, server_default="0")

    order: Mapped[Order] = relationship(back_populates="payments")

    @property
    def state_label(self) -> str:
        """The state in words."""
        return PaymentState(self.state).label


class OrderMail(Model):
    """A mail that was written about an order."""

    __tablename__ = "order_mail"

    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), primary_key=True)
    mail_id: Mapped[int] = mapped_column(
        ForeignKey("mail.id", ondelete="CASCADE"), primary_key=True, index=True
    )

    mail: Mapped[Mail] = relationship()
