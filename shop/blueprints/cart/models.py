"""Carts and their lines."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.catalog.models import Variant
from shop.core import clock
from shop.core.database.columns import UtcDateTime
from shop.core.secrets.secret_links import HasSecretLink
from shop.plugins.api import Model, created, primary_key

MAX_QUANTITY = 99_999
MAX_LINES = 100
MAX_NOTE = 500
MAX_CODE = 40


class Cart(HasSecretLink, Model):
    """A visitor's cart. `held_as` is the reference under which a checkout of this cart has reserved its items.

    `code` is what its visitor typed to pay less; whether it holds is asked again each time.
    """

    __tablename__ = "cart"

    id: Mapped[primary_key]
    note: Mapped[str] = mapped_column(String(MAX_NOTE), default="")
    code: Mapped[str] = mapped_column(String(MAX_CODE), default="", server_default="")
    held_as: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[created]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)

    items: Mapped[list["CartItem"]] = relationship(
        back_populates="cart", order_by="CartItem.id", cascade="all, delete-orphan"
    )


class CartItem(Model):
    """A line: a variant and how many of it. `came_from` is the slug of the article that led to it, as its link said."""

    __tablename__ = "cart_item"
    __table_args__ = (
        CheckConstraint(f"quantity > 0 AND quantity <= {MAX_QUANTITY}", name="quantity_in_bounds"),
        Index("uq_cart_item_cart_id_variant_id", "cart_id", "variant_id", unique=True),
    )

    id: Mapped[primary_key]
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"))
    variant_id: Mapped[int] = mapped_column(
        ForeignKey("variant.id", ondelete="CASCADE"), index=True
    )
    quantity: Mapped[int]
    came_from: Mapped[str] = mapped_column(String(80), default="", server_default="")

    cart: Mapped[Cart] = relationship(back_populates="items")
    variant: Mapped[Variant] = relationship(lazy="joined")
