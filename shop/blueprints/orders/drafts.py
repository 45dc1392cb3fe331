"""An order before it is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line to be ordered, as it is called and priced now; amounts in minor units, the rate as in `LineAmounts`.

    A service, such as a membership, is no variant: it is neither shipped nor downloaded.
    """

    variant_id: int | None
    product_id: int | None
    title: str
    variant_title: str
    sku: str
    unit_price_minor: int
    quantity: int
    is_digital: bool
    discount_minor: int = 0
    tax_minor: int = 0
    tax_rate: int = 0
    came_from: str = ""
    is_service: bool = False


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order to be placed. Amounts in minor units; the subtotal follows from the lines.

    `tax_minor` is all the tax, in the prices or on top of them as `prices_include_tax` says. The note of a gift is for
    who gets the parcel, `note` for us.
    """

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
    is_gift: bool = False
    gift_note: str = ""
    discount_label: str = ""
    shipping_label: str = ""
    tax_breakdown: Sequence[Mapping[str, Any]] = ()
    prices_include_tax: bool = True
    tax_country: str = ""
    tax_number: str = ""

    @property
    def subtotal_minor(self) -> int:
        """What the lines cost."""
        return sum(line.unit_price_minor * line.quantity for line in self.lines)

    @property
    def discount_minor(self) -> int:
        """By how much the lines are lowered."""
        return sum(line.discount_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        added = 0 if self.prices_include_tax else self.tax_minor
        return self.subtotal_minor - self.discount_minor + self.shipping_minor + added
