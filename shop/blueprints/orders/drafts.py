"""An order before it is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line to be ordered, as it is called and priced now; price in minor units."""

    variant_id: int
    product_id: int
    title: str
    variant_title: str
    sku: str
    unit_price_minor: int
    quantity: int
    is_digital: bool


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order to be placed. Amounts in minor units; the subtotal follows from the lines."""

    email: str
    name: str
    account_id: int | None
    currency: str
    lines: Sequence[LineDraft]
    shipping_minor: int
    tax_minor: int
    address: Mapping[str, str] | None
    note: str
    reserved_until: datetime

    @property
    def subtotal_minor(self) -> int:
        """What the lines cost."""
        return sum(line.unit_price_minor * line.quantity for line in self.lines)
