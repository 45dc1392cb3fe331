"""Codes, and the orders that used them."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Column, ForeignKey, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.cart.models import MAX_CODE
from shop.blueprints.catalog.models import Product
from shop.core import clock
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.labels import LabelledEnum
from shop.plugins.api import Model, created, primary_key


class DiscountKind(LabelledEnum):
    """What a code takes off."""

    PERCENT = "percent", _l("Percentage of the price")
    AMOUNT = "amount", _l("Fixed amount")
    SHIPPING = "shipping", _l("Free shipping")


code_products = Table(
    "discount_code_product",
    Model.metadata,
    Column("code_id", ForeignKey("discount_code.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "product_id", ForeignKey("product.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)


class DiscountCode(Model):
    """What buyers type to pay less; stored in capitals.

    `percent` is in thousandths of a percent, `amount_minor` in minor units of `currency`. `uses` counts orders that
    stand or were paid; it is raised by a conditional statement only, so that it can't pass `max_uses`. A code that is
    bound to products lowers these alone. Dates are UTC; it ends before `ends_at`.
    """

    __tablename__ = "discount_code"
    __table_args__ = (
        CheckConstraint("uses >= 0", name="uses_not_negative"),
        CheckConstraint("max_uses > 0", name="max_uses_positive"),
        CheckConstraint("percent > 0 AND percent <= 100000", name="percent_in_bounds"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )

    id: Mapped[primary_key]
    code: Mapped[str] = mapped_column(String(MAX_CODE), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    percent: Mapped[int | None]
    amount_minor: Mapped[int | None] = mapped_column(BigId)
    currency: Mapped[str] = mapped_column(String(3))
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    max_uses: Mapped[int | None]
    uses: Mapped[int] = mapped_column(default=0)
    once_a_customer: Mapped[bool] = mapped_column(default=False)
    is_on: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[created]

    products: Mapped[list[Product]] = relationship(secondary=code_products, order_by=Product.slug)

    @property
    def is_over(self) -> bool:
        """Whether its time has passed."""
        return self.ends_at is not None and self.ends_at <= clock.now()

    @property
    def is_to_come(self) -> bool:
        """Whether its time has not begun."""
        return self.starts_at is not None and self.starts_at > clock.now()

    @property
    def is_used_up(self) -> bool:
        """Whether as many orders have used it as may."""
        return self.max_uses is not None and self.uses >= self.max_uses


class DiscountUse(Model):
    """An order that used a code. `customer_key` is a keyed hash of the buyer's address, while it may not come again.

    It is deleted when the buyer is erased: with the site's key the hash could still be compared with an address.

    A use whose order was cancelled is given back, and stays for the record.
    """

    __tablename__ = "discount_use"
    __table_args__ = (UniqueConstraint("code_id", "customer_key"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), primary_key=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("discount_code.id"))
    customer_key: Mapped[str | None] = mapped_column(String(64))
    given_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[created]
