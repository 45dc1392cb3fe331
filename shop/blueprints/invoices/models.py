"""Invoices and credit notes, and the counters that number them."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.orders.models import Order
from shop.core.database.columns import BigId
from shop.core.secrets.secret_links import HasSecretLink
from shop.plugins.api import Model, created, primary_key


class PaperKind(StrEnum):
    """What a document is. A *credit note* takes back all or a part of the invoice that it corrects."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceSeries(Model):
    """A row of numbers without gaps. Whoever takes the next one holds this row until its document is stored with it."""

    __tablename__ = "invoice_series"
    __table_args__ = (CheckConstraint("last >= 0", name="last_not_negative"),)

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int]


class Invoice(HasSecretLink, Model):
    """A document as it was issued; it never changes. `paper` holds all that it says, amounts in minor units.

    `cause` is what it was issued for, `payment` or `refund:<id>`: the same cause gives one document. Amounts of a
    credit note are positive, and are taken back.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("order_id", "cause"),
        UniqueConstraint("series", "sequence"),
        CheckConstraint("sequence > 0", name="sequence_positive"),
        CheckConstraint("total_minor > 0", name="total_positive"),
        Index("ix_invoice_kind_id", "kind", "id"),
    )

    id: Mapped[primary_key]
    kind: Mapped[str] = mapped_column(String(12), default=PaperKind.INVOICE)
    order_id: Mapped[int] = mapped_column(ForeignKey("shop_order.id"))
    cause: Mapped[str] = mapped_column(String(40))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"), index=True)
    series: Mapped[str] = mapped_column(ForeignKey("invoice_series.name"))
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(String(60), unique=True)
    issued_at: Mapped[created]
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int] = mapped_column(BigId)
    tax_minor: Mapped[int] = mapped_column(BigId)
    paper: Mapped[dict[str, Any]] = mapped_column(JSON)

    order: Mapped[Order] = relationship()
    corrects: Mapped["Invoice | None"] = relationship(remote_side="Invoice.id")

    @property
    def is_credit_note(self) -> bool:
        """Whether it takes something back."""
        return self.kind == PaperKind.CREDIT_NOTE
