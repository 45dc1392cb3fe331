"""Products, their variants and files."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.accounts.models import Account
from shop.core import clock
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.pictures.models import Picture
from shop.plugins.api import Model, created, primary_key


class ProductState(StrEnum):
    """Whether strangers see a product. A removed one answers 410 and keeps its orders readable."""

    DRAFT = "draft"
    PUBLISHED = "published"
    REMOVED = "removed"


class Product(Model):
    """What a reader sees in the shop. `choice` says what its variants differ in, such as `Size / Colour`."""

    __tablename__ = "product"
    __table_args__ = (Index("ix_product_state_featured_id", "state", "featured", "id"),)

    id: Mapped[primary_key]
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(160))
    subtitle: Mapped[str] = mapped_column(String(160), default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default=ProductState.DRAFT)
    currency: Mapped[str] = mapped_column(String(3))
    cover_pattern: Mapped[str] = mapped_column(String(12), default="rings")
    cover_tones: Mapped[list[str]] = mapped_column(JSON, default=lambda: ["#8c2f2b", "#f2e6d8"])
    image_key: Mapped[str | None] = mapped_column(String(64))
    featured: Mapped[bool] = mapped_column(default=False)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    vendor: Mapped[str] = mapped_column(String(160), default="")
    choice: Mapped[str] = mapped_column(String(120), default="", server_default="")
    import_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    created_at: Mapped[created]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    variants: Mapped[list["Variant"]] = relationship(
        back_populates="product", order_by="Variant.position, Variant.id", lazy="selectin"
    )
    files: Mapped[list["ProductFile"]] = relationship(
        back_populates="product",
        order_by="ProductFile.position, ProductFile.id",
        cascade="all, delete-orphan",
    )
    pictures: Mapped[list["ProductPicture"]] = relationship(
        order_by="ProductPicture.position, ProductPicture.id",
        cascade="all, delete-orphan",
        passive_deletes=True,
    )

    @property
    def is_published(self) -> bool:
        """Whether strangers see it."""
        return self.state == ProductState.PUBLISHED

    @property
    def is_available(self) -> bool:
        """Whether any variant can be bought now."""
        return self.is_published and any(variant.is_available for variant in self.variants)


class ProductPicture(Model):
    """A picture of the library that a product's page shows: beside its cover, or as a page to look inside."""

    __tablename__ = "product_picture"
    __table_args__ = (UniqueConstraint("product_id", "picture_id", "is_page"),)

    id: Mapped[primary_key]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"))
    picture_id: Mapped[int] = mapped_column(
        ForeignKey("media_picture.id", ondelete="CASCADE"), index=True
    )
    is_page: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)

    picture: Mapped[Picture] = relationship(lazy="joined")


class Variant(Model):
    """What a buyer buys. Prices in minor units of the product's currency.

    `stock_on_hand` holds what is there, reserved or not; `stock_sold` what was sold, less what came back. `shelf` says
    where it is stored, for whoever packs.
    """

    __tablename__ = "variant"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("compare_at_minor >= 0", name="compare_at_not_negative"),
        CheckConstraint("stock_reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("stock_sold >= 0", name="sold_not_negative"),
        CheckConstraint(
            "may_oversell OR stock_on_hand IS NULL OR stock_on_hand >= 0", name="stock_not_negative"
        ),
        CheckConstraint("weight_grams >= 0", name="weight_not_negative"),
    )

    id: Mapped[primary_key]
    product_id: Mapped[int] = mapped_column(
        ForeignKey("product.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[str] = mapped_column(String(160), default="")
    sku: Mapped[str] = mapped_column(String(80), default="", index=True)
    barcode: Mapped[str] = mapped_column(String(40), default="", server_default="")
    price_minor: Mapped[int] = mapped_column(BigId)
    compare_at_minor: Mapped[int | None] = mapped_column(BigId)
    is_digital: Mapped[bool] = mapped_column(default=False)
    stock_on_hand: Mapped[int | None]
    stock_reserved: Mapped[int] = mapped_column(default=0)
    stock_sold: Mapped[int] = mapped_column(default=0, server_default="0")
    shelf: Mapped[str] = mapped_column(String(40), default="", server_default="")
    may_oversell: Mapped[bool] = mapped_column(default=False)
    low_stock_at: Mapped[int] = mapped_column(default=3)
    weight_grams: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    is_retired: Mapped[bool] = mapped_column(default=False)

    product: Mapped[Product] = relationship(back_populates="variants", lazy="joined")

    @property
    def remaining(self) -> int | None:
        """What can be sold now, never below zero; None when nothing limits it."""
        return remaining_of(self.stock_on_hand, self.stock_reserved, self.may_oversell)

    @property
    def is_available(self) -> bool:
        """Whether one can be bought now, as far as the stock goes."""
        return not self.is_retired and self.remaining != 0

    @property
    def is_low(self) -> bool:
        """Whether few are left: "Only N left"."""
        remaining = self.remaining
        return remaining is not None and 0 < remaining <= self.low_stock_at


def remaining_of(on_hand: int | None, reserved: int, may_oversell: bool) -> int | None:
    """What can be sold of a variant with these numbers, never below zero; None when nothing limits it."""
    if on_hand is None or may_oversell:
        return None
    return max(0, on_hand - reserved)


class ProductFile(Model):
    """A file that buyers of a digital variant download, as its newest version is. Size in bytes.

    With `is_stamped` each buyer gets a personal copy, with their name and order number on its pages.
    """

    __tablename__ = "product_file"

    id: Mapped[primary_key]
    product_id: Mapped[int] = mapped_column(
        ForeignKey("product.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(160))
    version: Mapped[str] = mapped_column(String(20), default="1.0")
    storage_key: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    is_stamped: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[created]

    product: Mapped[Product] = relationship(back_populates="files")
    versions: Mapped[list["FileVersion"]] = relationship(
        back_populates="file", order_by="FileVersion.id.desc()", cascade="all, delete-orphan"
    )

    @property
    def is_pdf(self) -> bool:
        """Whether a name can be written on it."""
        return self.media_type == "application/pdf"


class FileVersion(Model):
    """What a file was, or is, under one version. `changes` says to buyers what is new in it.

    `announced_at` is when those who had bought it began to be told about it; `told` is how many were.
    """

    __tablename__ = "product_file_version"
    __table_args__ = (UniqueConstraint("file_id", "storage_key"),)

    id: Mapped[primary_key]
    file_id: Mapped[int] = mapped_column(ForeignKey("product_file.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(String(20))
    storage_key: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(80))
    changes: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[created]
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told: Mapped[int] = mapped_column(default=0)

    file: Mapped[ProductFile] = relationship(back_populates="versions")


class ProductAddress(Model):
    """A slug that a product had before; it leads to the present one."""

    __tablename__ = "product_address"

    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    product_id: Mapped[int] = mapped_column(
        ForeignKey("product.id", ondelete="CASCADE"), index=True
    )


class MovementKind(StrEnum):
    """Why stock moved."""

    RECEIVED = "received"
    RESERVED = "reserved"
    RELEASED = "released"
    SOLD = "sold"
    RETURNED = "returned"
    WRITTEN_OFF = "written_off"
    ADJUSTED = "adjusted"


class StockMovement(Model):
    """One line of the ledger. `on_hand`, `reserved` and `sold` are what it changed, in items."""

    __tablename__ = "stock_movement"
    __table_args__ = (Index("ix_stock_movement_variant_id_id", "variant_id", "id"),)

    id: Mapped[primary_key]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(12))
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    sold: Mapped[int] = mapped_column(default=0, server_default="0")
    reference: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    at: Mapped[created]

    account: Mapped[Account | None] = relationship()


class ReservationState(StrEnum):
    """What became of a reservation."""

    HELD = "held"
    RELEASED = "released"
    SOLD = "sold"


class Reservation(Model):
    """Items kept for a payment under way, until a moment in UTC."""

    __tablename__ = "stock_reservation"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("uq_stock_reservation_reference_variant_id", "reference", "variant_id", unique=True),
        Index("ix_stock_reservation_state_until", "state", "until"),
    )

    id: Mapped[primary_key]
    variant_id: Mapped[int] = mapped_column(
        ForeignKey("variant.id", ondelete="CASCADE"), index=True
    )
    reference: Mapped[str] = mapped_column(String(80))
    quantity: Mapped[int]
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10), default=ReservationState.HELD)
