"""What a document says, fixed when it is issued. Amounts in minor units, rates in thousandths of a percent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.invoices.settings import InvoiceSettings
from shop.blueprints.orders.models import Order
from shop.blueprints.payments.queries import payment_that_paid
from shop.core import settings
from shop.core.addresses import address_lines
from shop.core.site import site


@dataclass(frozen=True, slots=True)
class Party:
    """Who sells, or who buys."""

    name: str
    address: tuple[str, ...] = ()
    tax_number: str = ""
    registration: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One thing that is charged for, or given back. `discount_minor` is taken off `total_minor` further down."""

    title: str
    detail: str
    quantity: int
    unit_minor: int
    total_minor: int
    tax_rate: int = 0


@dataclass(frozen=True, slots=True)
class TaxRow:
    """The tax of one rate: on `base_minor`, which is without it."""

    label: str
    rate: int
    base_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        """Base and tax."""
        return self.base_minor + self.tax_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """All that is on an invoice or a credit note, but its number and date. `taxes` are in or on top of prices."""

    seller: Party
    buyer: Party
    order_number: str
    paid_on: str
    paid_by: str
    currency: str
    lines: tuple[PaperLine, ...]
    subtotal_minor: int
    discount_label: str = ""
    discount_minor: int = 0
    shipping_label: str = ""
    shipping_minor: int = 0
    has_shipping: bool = False
    taxes: tuple[TaxRow, ...] = ()
    prices_include_tax: bool = True
    total_minor: int
    reason: str = ""
    small_print: str = ""
    paper_size: str = "A4"
    corrects: tuple[str, str] = field(default=("", ""))

    @property
    def tax_minor(self) -> int:
        """All the tax."""
        return sum(row.tax_minor for row in self.taxes)

    def as_json(self) -> dict[str, Any]:
        """For the database."""
        return asdict(self)


def from_json(stored: Mapping[str, Any]) -> Paper:
    """A stored document. Fields that a later version added have their default."""
    values = dict(stored)
    values["seller"] = _party(values["seller"])
    values["buyer"] = _party(values["buyer"])
    values["lines"] = tuple(PaperLine(**line) for line in values["lines"])
    values["taxes"] = tuple(TaxRow(**row) for row in values["taxes"])
    values["corrects"] = tuple(values.get("corrects", ("", "")))
    return Paper(**values)


def _party(stored: Mapping[str, Any]) -> Party:
    return Party(**{**stored, "address": tuple(stored["address"])})


def invoice_for(order: Order) -> Paper:
    """The invoice of a paid order."""
    return Paper(
        seller=seller(),
        buyer=buyer(order),
        order_number=order.number,
        paid_on=order.paid_at.isoformat() if order.paid_at else "",
        paid_by=_paid_by(order),
        currency=order.currency,
        lines=tuple(
            PaperLine(
                title=line.title,
                detail=line.variant_title,
                quantity=line.quantity,
                unit_minor=line.unit_price_minor,
                total_minor=line.total_minor,
                tax_rate=line.tax_rate,
            )
            for line in order.lines
        ),
        subtotal_minor=order.subtotal_minor,
        discount_label=order.discount_label,
        discount_minor=order.discount_minor,
        shipping_label=order.shipping_label,
        shipping_minor=order.shipping_minor,
        has_shipping=order.needs_shipping,
        taxes=tax_rows(order),
        prices_include_tax=order.prices_include_tax,
        total_minor=order.total_minor,
        small_print=settings.current(InvoiceSettings).small_print,
        paper_size=settings.current(InvoiceSettings).paper_size,
    )


def tax_rows(order: Order) -> tuple[TaxRow, ...]:
    """The tax of an order, by rate."""
    return tuple(
        TaxRow(
            label=str(row["label"]),
            rate=int(row["rate"]),
            base_minor=int(row["base_minor"]),
            tax_minor=int(row["tax_minor"]),
        )
        for row in order.tax_breakdown
    )


def seller() -> Party:
    """Who sells, as the settings say now."""
    said = settings.current(InvoiceSettings)
    return Party(
        name=said.seller_name or site().name,
        address=tuple(line.strip() for line in said.seller_address.splitlines() if line.strip()),
        tax_number=said.seller_tax_number,
        registration=said.seller_registration,
        contact=said.seller_contact,
    )


def buyer(order: Order) -> Party:
    """Who buys, as the order says."""
    where = order.address or {}
    return Party(
        name=where.get("name") or order.name or order.email,
        address=tuple(address_lines({**where, "name": ""})) if where else (),
        tax_number=order.tax_number,
        contact=order.email,
    )


def _paid_by(order: Order) -> str:
    payment = payment_that_paid(order.id)
    return payment.provider if payment else str(_("nothing to pay"))
