"""What a cart costs, and why: what the pricing engine answers. Minor units; rates in thousandths of a percent."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from shop.plugins.terms.cart_rules import Objection, Question, ShippingOption


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line: `unit_price_minor` is what is charged, without a tax that this buyer does not pay."""

    variant_id: int
    quantity: int
    unit_price_minor: int
    discount_minor: int
    tax_minor: int
    tax_rate: int

    @property
    def subtotal_minor(self) -> int:
        """Price times quantity."""
        return self.unit_price_minor * self.quantity


@dataclass(frozen=True, slots=True)
class AppliedDiscount:
    """What a discount took off the goods; one that frees the shipping may take off nothing else."""

    label: str
    code: str
    amount_minor: int
    frees_shipping: bool = False


@dataclass(frozen=True, slots=True)
class TaxShare:
    """The tax of one rate: `base_minor` is without it."""

    label: str
    rate: int
    base_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """total = subtotal - discount + shipping + the tax that prices do not include, and each is the sum of its lines.

    `shipping` is None when nothing is sent, or when it can't be said yet. A quote with objections can't be ordered.
    """

    currency: str
    country: str = ""
    lines: tuple[PricedLine, ...] = ()
    discounts: tuple[AppliedDiscount, ...] = ()
    shipping: ShippingOption | None = None
    shipping_options: tuple[ShippingOption, ...] = ()
    shipping_tax_minor: int = 0
    taxes: tuple[TaxShare, ...] = ()
    prices_include_tax: bool = True
    questions: tuple[Question, ...] = field(default=())
    objections: tuple[Objection, ...] = ()

    @property
    def subtotal_minor(self) -> int:
        """The goods before any discount."""
        return sum(line.subtotal_minor for line in self.lines)

    @property
    def discount_minor(self) -> int:
        """By how much the goods are lowered."""
        return sum(line.discount_minor for line in self.lines)

    @property
    def discount_label(self) -> str:
        """Which discounts, in words."""
        return ", ".join(each.label for each in self.discounts)

    @property
    def shipping_minor(self) -> int:
        """What sending it costs."""
        return self.shipping.price_minor if self.shipping else 0

    @property
    def shipping_label(self) -> str:
        """How it is sent, in words."""
        return self.shipping.label if self.shipping else ""

    @property
    def tax_minor(self) -> int:
        """All the tax, in the prices or on top."""
        return sum(line.tax_minor for line in self.lines) + self.shipping_tax_minor

    @property
    def added_tax_minor(self) -> int:
        """Tax that is paid on top of the prices."""
        return 0 if self.prices_include_tax else self.tax_minor

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        return (
            self.subtotal_minor - self.discount_minor + self.shipping_minor + self.added_tax_minor
        )

    @property
    def tax_breakdown(self) -> list[dict[str, Any]]:
        """The taxes as an order keeps them."""
        return [asdict(share) for share in self.taxes]

    @property
    def asks_country(self) -> bool:
        """Whether the price depends on the buyer's country."""
        return any(each.field == "country" for each in self.questions)

    @property
    def lacks_country(self) -> bool:
        """Whether it can't be said in full, because the buyer's country is not known."""
        return not self.country and self.asks_country

    @property
    def adds_tax(self) -> bool:
        """Whether tax comes on top of the prices, known already or not."""
        return not self.prices_include_tax or any(each.adds_tax for each in self.questions)

    @property
    def settles_tax(self) -> bool:
        """Whether a rule works out the tax, even where it comes to none."""
        return any(each.settles_tax for each in self.questions)

    @property
    def asks_tax_number(self) -> bool:
        """Whether a buyer's tax number would be of use."""
        return any(each.field == "tax_number" for each in self.questions)

    @property
    def countries(self) -> frozenset[str] | None:
        """The only countries that make sense, None when any does."""
        sets = [
            each.choices
            for each in self.questions
            if each.field == "country" and each.choices is not None
        ]
        return frozenset.intersection(*sets) if sets else None

    def objection_to(self, name: str) -> str:
        """What is wrong with a field; empty when nothing is."""
        return next((each.message for each in self.objections if each.field == name), "")
