"""Orders, their lines, their payments, and what happened to them."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders.amounts import LineAmounts, OrderAmounts
from shop.blueprints.orders.states import (
    PAID_STATES,
    DisputeStanding,
    OrderState,
    RefundStanding,
    Standing,
    standing_named,
)
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.mail.models import Mail
from shop.core.secrets.secret_links import HasSecretLink
from shop.plugins.api import Model, created, primary_key

ERASED = "@invalid"


class Order(OrderAmounts, HasSecretLink, Model):
    """What someone ordered. Amounts are in minor units of `currency` and never change afterwards.

    `address` is None when nothing is shipped, else name, line1, line2, postcode, city and country (ISO 3166-1 alpha-2).
    `reserved_until` is when its stock is given back, if it is not paid. `state`, `refund_state` and `dispute_state` are
    moved by `transitions.advance` alone. `to_send_since` is there while something has to be shipped. `import_key` is
    there for an order that was placed elsewhere (`history`).
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
        Index("ix_shop_order_placed_at_id", "placed_at", "id"),
        Index("ix_shop_order_paid_at_id", "paid_at", "id"),
        Index("ix_shop_order_refund_state_id", "refund_state", "id"),
        Index("ix_shop_order_dispute_state_id", "dispute_state", "id"),
        Index("ix_shop_order_to_send_since_id", "to_send_since", "id"),
        CheckConstraint(
            "refunded_minor >= 0 AND refunded_minor <= total_minor", name="refunded_within_total"
        ),
    )

    id: Mapped[primary_key]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    state: Mapped[str] = mapped_column(String(20), default=OrderState.AWAITING_PAYMENT)
    refund_state: Mapped[str] = mapped_column(
        String(20), default=RefundStanding.NONE, server_default=RefundStanding.NONE
    )
    dispute_state: Mapped[str] = mapped_column(
        String(20), default=DisputeStanding.NONE, server_default=DisputeStanding.NONE
    )
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(80))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    currency: Mapped[str] = mapped_column(String(3))
    address: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    note: Mapped[str] = mapped_column(Text, default="")
    is_gift: Mapped[bool] = mapped_column(default=False, server_default=false())
    gift_note: Mapped[str] = mapped_column(Text, default="", server_default="")
    refunded_minor: Mapped[int] = mapped_column(BigId, default=0, server_default="0")
    placed_at: Mapped[created]
    reserved_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    to_send_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    import_key: Mapped[str | None] = mapped_column(String(200), unique=True, index=True)

    lines: Mapped[list["OrderLine"]] = relationship(
        back_populates="order", order_by="OrderLine.id", lazy="selectin"
    )
    transitions: Mapped[list["OrderTransition"]] = relationship(order_by="OrderTransition.id")

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
    def is_erased(self) -> bool:
        """Whether its buyer was forgotten: nobody can be written to, and nothing can be sent."""
        return self.email.endswith(ERASED)

    @property
    def needs_shipping(self) -> bool:
        """Whether something has to be shipped."""
        return any(not line.is_digital for line in self.lines)

    @property
    def has_downloads(self) -> bool:
        """Whether anything in it is a download."""
        return any(line.is_digital and not line.is_service for line in self.lines)

    @property
    def is_disputed(self) -> bool:
        """Whether a bank is asked to decide about its money now."""
        return self.dispute_state == DisputeStanding.DISPUTED

    @property
    def is_refunded(self) -> bool:
        """Whether all of its money has gone back."""
        return self.refund_state == RefundStanding.REFUNDED

    @property
    def outstanding(self) -> list["OrderLine"]:
        """Lines of which something has still to be sent."""
        return [line for line in self.lines if line.outstanding]

    @property
    def standings(self) -> list[Standing]:
        """Every region in which something is to be said, the most pressing first; never empty."""
        said: list[Standing] = [
            DisputeStanding(self.dispute_state),
            RefundStanding(self.refund_state),
        ]
        return [*(each for each in said if each != "none"), OrderState(self.state)]

    @property
    def state_label(self) -> str:
        """Where it stands, in words."""
        return self.standings[0].label if self.is_paid else OrderState(self.state).label

    @property
    def buyer_label(self) -> str:
        """Where it stands, in the words of who bought it."""
        if self.standings[0] == OrderState.FULFILLED and not (
            self.needs_shipping or self.has_downloads
        ):
            return str(_("Paid"))
        if self.standings[0] == OrderState.FULFILLED:
            return str(_("Sent") if self.needs_shipping else _("Ready to download"))
        if self.standings[0] == OrderState.PARTLY_FULFILLED:
            return str(_("Partly sent"))
        return self.state_label


_TO_BE_SENT = "NOT {0}is_digital AND {0}quantity > {0}shipped_quantity + {0}called_off_quantity"
LINE_TO_BE_SENT = text(_TO_BE_SENT.format("order_line."))
"""The condition that something of a line is to be sent. Written out, because an index of a few lines among all is used
only for the same words: with values beside them, no database knows that they are the same."""


class OrderLine(LineAmounts, Model):
    """One thing that was ordered, as it was called and priced at that moment.

    Of `quantity` items, `refunding_quantity` are refunded or about to be. Of what is shipped `shipped_quantity` have
    left, and `called_off_quantity` never will, because they were refunded before. A service is neither shipped nor
    downloaded; it counts as digital.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("unit_price_minor >= 0", name="unit_price_not_negative"),
        CheckConstraint(
            "refunding_quantity >= 0 AND refunding_quantity <= quantity",
            name="refunding_within_quantity",
        ),
        CheckConstraint(
            "shipped_quantity >= 0 AND called_off_quantity >= 0"
            " AND shipped_quantity + called_off_quantity <= quantity",
            name="shipped_within_quantity",
        ),
        Index(
            "ix_order_line_to_be_sent",
            "order_id",
            sqlite_where=text(_TO_BE_SENT.format("")),
            postgresql_where=text(_TO_BE_SENT.format("")),
        ),
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
    is_service: Mapped[bool] = mapped_column(default=False, server_default=false())
    came_from: Mapped[str] = mapped_column(String(80), default="", server_default="")
    refunding_quantity: Mapped[int] = mapped_column(default=0, server_default="0")
    shipped_quantity: Mapped[int] = mapped_column(default=0, server_default="0")
    called_off_quantity: Mapped[int] = mapped_column(default=0, server_default="0")

    order: Mapped[Order] = relationship(back_populates="lines")

    @property
    def total_minor(self) -> int:
        """Price of the line."""
        return self.unit_price_minor * self.quantity

    @property
    def charged_minor(self) -> int:
        """What the buyer pays for the line: less its discount, with its tax."""
        added = 0 if self.order.prices_include_tax else self.tax_minor
        return self.total_minor - self.discount_minor + added

    @property
    def outstanding(self) -> int:
        """Items that have still to be sent; none of a download."""
        if self.is_digital:
            return 0
        return self.quantity - self.shipped_quantity - self.called_off_quantity


class OrderTransition(Model):
    """A step of an order from one state to another. `by_id` is None when no member of staff took it.

    The states are those of any of the three regions: their words are all different.
    """

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
        return standing_named(self.to_state, come_from=self.from_state).label


class OrderNote(Model):
    """What staff wrote about an order: for themselves, or `to_buyer`, who got it by mail."""

    __tablename__ = "order_note"

    id: Mapped[primary_key]
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    body: Mapped[str] = mapped_column(Text)
    to_buyer: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    at: Mapped[created]

    by: Mapped[Account | None] = relationship()


class OrderMail(Model):
    """A mail that was written about an order."""

    __tablename__ = "order_mail"

    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), primary_key=True)
    mail_id: Mapped[int] = mapped_column(
        ForeignKey("mail.id", ondelete="CASCADE"), primary_key=True, index=True
    )

    mail: Mapped[Mail] = relationship()
