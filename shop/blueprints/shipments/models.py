"""Parcels: what left, when, with whom."""

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders.models import Order, OrderLine
from shop.core.secrets.tokens import random_token
from shop.plugins.api import Model, created, primary_key


class Shipment(Model):
    """A parcel of one order. `tracking_url` was made when it left; it stays when the carrier's settings change.

    `page_key` names the page whose button was pressed, so that pressing it again sends no second parcel.
    """

    __tablename__ = "shipment"

    id: Mapped[primary_key]
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"), index=True)
    carrier: Mapped[str] = mapped_column(String(60), default="")
    tracking_code: Mapped[str] = mapped_column(String(80), default="")
    tracking_url: Mapped[str] = mapped_column(Text, default="")
    page_key: Mapped[str] = mapped_column(String(80), unique=True, default=random_token)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    sent_at: Mapped[created]

    order: Mapped[Order] = relationship()
    by: Mapped[Account | None] = relationship()
    lines: Mapped[list["ShipmentLine"]] = relationship(
        order_by="ShipmentLine.order_line_id", lazy="selectin"
    )


class ShipmentLine(Model):
    """Items of one line in a parcel."""

    __tablename__ = "shipment_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(
        ForeignKey("order_line.id"), primary_key=True, index=True
    )
    quantity: Mapped[int]

    order_line: Mapped[OrderLine] = relationship(lazy="joined")
