"""Which order came from which cart."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.orders.models import Order
from shop.core.database.columns import BigId, UtcDateTime
from shop.plugins.api import Model, created


class CheckoutAttempt(Model):
    """The order that a cart became. `contents` is a digest of all that was ordered and said.

    `page_key` names the page whose button was pressed, so that pressing it again finds the same order. The cart may be
    gone by now: its id is remembered, not held. `consented_at` is when the
    buyer asked for immediate delivery of downloads. `address_key` is a keyed hash of the buyer's IP address.
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
    consented_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    order: Mapped[Order] = relationship(lazy="joined")
