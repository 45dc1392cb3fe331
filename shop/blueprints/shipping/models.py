"""Zones and their rates."""

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core.database.columns import BigId
from shop.plugins.api import Model, primary_key


class ShippingZone(Model):
    """Countries (ISO 3166-1 alpha-2) that a parcel costs the same to. The *rest* is every country in no other zone."""

    __tablename__ = "shipping_zone"

    id: Mapped[primary_key]
    name: Mapped[str] = mapped_column(String(80))
    countries: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_rest: Mapped[bool] = mapped_column(default=False)

    rates: Mapped[list["ShippingRate"]] = relationship(
        back_populates="zone",
        order_by="ShippingRate.price_minor, ShippingRate.id",
        cascade="all, delete-orphan",
        lazy="selectin",
    )


class ShippingRate(Model):
    """A way to send a parcel, in minor units of `currency`; free from a sum of goods, and up to a weight in grams."""

    __tablename__ = "shipping_rate"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("free_from_minor > 0", name="free_from_positive"),
        CheckConstraint("max_grams > 0", name="max_grams_positive"),
    )

    id: Mapped[primary_key]
    zone_id: Mapped[int] = mapped_column(
        ForeignKey("shipping_zone.id", ondelete="CASCADE"), index=True
    )
    label: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3))
    price_minor: Mapped[int] = mapped_column(BigId)
    free_from_minor: Mapped[int | None] = mapped_column(BigId)
    max_grams: Mapped[int | None]

    zone: Mapped[ShippingZone] = relationship(back_populates="rates")
