"""Types for pricing a cart: what a rule is told, and what it may answer.

Amounts are minor units of the cart's currency. Rates are whole numbers, thousandths of a percent: 19 % is 19000.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, Self, runtime_checkable

from shop.core import money
from shop.plugins.terms.shapes import wrong_field

WHOLE = 100_000
"""A hundred percent."""


class Percent(int):
    """A part of a price: `Percent("50")` is half of it, `Percent("12.5")` an eighth. As a number, thousandths of a
    percent.

    Args:
        percent: digits with a point, above 0 and 100 at most; three digits behind the point.

    Raises:
        ValueError: it is anything else.
    """

    def __new__(cls, percent: str) -> Self:
        """Read the digits."""
        if not _PERCENT.fullmatch(str(percent)) or not isinstance(percent, str):
            raise ValueError(
                f'a percentage is written as text, like Percent("50"), not {percent!r}'
            )
        thousandths = int(Decimal(percent) * 1000)
        if not 0 < thousandths <= WHOLE:
            raise ValueError(f"{percent} % is not above 0 and 100 at most")
        return super().__new__(cls, thousandths)


_PERCENT = re.compile(r"\d{1,3}(?:\.\d{1,3})?", re.ASCII)


def _require(*, of: object, **amounts: int | None) -> None:
    """Refuse what no amount can be: no whole number, below zero, or above all that can be charged.

    Raises:
        ValueError: one is.
    """
    for name, amount in amounts.items():
        most = WHOLE if name in ("percent", "rate") else money.MAX_MINOR
        if amount is None or (type(amount) in (int, Percent) and 0 <= amount <= most):
            continue
        raise ValueError(
            f"{type(of).__name__}.{name} is {amount!r}, but must be a whole number from 0 to {most}"
        )


@dataclass(frozen=True, slots=True)
class CartFactsLine:
    """What a rule may know of a line; each variant stands in one line.

    Attributes:
        variant_id: what is bought.
        product_id: the product that it is a variant of.
        unit_price_minor: the price of one, in minor units of the cart's currency.
        quantity: how many.
        is_digital: whether it is a download; anything else is shipped.
        weight_grams: of one; 0 when nobody said.
    """

    variant_id: int
    product_id: int
    unit_price_minor: int
    quantity: int
    is_digital: bool
    weight_grams: int = 0

    @property
    def total_minor(self) -> int:
        """Price times quantity."""
        return self.unit_price_minor * self.quantity


@dataclass(frozen=True, slots=True)
class CartFacts:
    """What a rule may know of a cart. What the buyer has not said yet is empty.

    Attributes:
        lines: what can be ordered of what lies in it.
        currency: of all amounts (ISO 4217, upper case).
        code: what the buyer typed to pay less, in capitals.
        email: of the buyer, lower case.
        country: where the parcel goes, or where the buyer of downloads lives (ISO 3166-1 alpha-2, upper case).
        tax_number: as the buyer typed it; nobody has checked it.
        shipping_choice: the `key` of the shipping method that the buyer chose.
        reference: the order that this cart has placed already and is about to go on with or replace.
    """

    lines: tuple[CartFactsLine, ...]
    currency: str
    code: str = ""
    email: str = ""
    country: str = ""
    tax_number: str = ""
    shipping_choice: str = ""
    reference: str = ""

    @property
    def needs_shipping(self) -> bool:
        """Whether anything is shipped."""
        return any(not line.is_digital for line in self.lines)

    @property
    def subtotal_minor(self) -> int:
        """What the lines cost before any rule."""
        return sum(line.total_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Discount:
    """Lowers goods by a part of each line's price, by an amount spread over the lines, or frees the shipping.

    No price goes below zero. Every part is of the price before any discount, so that the order in which rules speak
    changes nothing.

    Attributes:
        label: what buyers read beside the amount.
        percent: `Percent("10")` for 10 %; a plain number is thousandths of a percent.
        amount_minor: above zero, in minor units.
        variant_ids: which lines; None for all.
        frees_shipping: takes the price of the cheapest shipping method off every method.
        code: the code that it answers to, if any: a code that nobody answers to is unknown.
    """

    label: str
    percent: int = 0
    amount_minor: int = 0
    variant_ids: frozenset[int] | None = None
    frees_shipping: bool = False
    code: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no discount.

        Raises:
            ValueError: a number is below zero, or above all there is.
        """
        _require(of=self, percent=self.percent, amount_minor=self.amount_minor)


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """A way to send the parcel. The cheapest is taken, unless the buyer chose another.

    Attributes:
        key: names it in the form; unique among all ways.
        label: what buyers choose.
        price_minor: in minor units.
        free_from_minor: it costs nothing from this much of goods less discounts; None for never.
    """

    key: str
    label: str
    price_minor: int
    free_from_minor: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no price.

        Raises:
            ValueError: it is below zero, or above all that can be charged.
        """
        _require(of=self, price_minor=self.price_minor, free_from_minor=self.free_from_minor)


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax on some lines. A line can bear one, the shipping too; two rules that tax the same contradict each other.

    Attributes:
        label: its name for buyers and on invoices.
        rate: in thousandths of a percent: 19 % is 19000, or `Percent("19")`.
        variant_ids: the lines that bear it.
        on_shipping: whether the shipping bears it too.
        is_included: prices hold it already; all taxes of a cart agree on that.
        is_reversed: the buyer owes it and we don't charge it; prices that hold it are charged without.
    """

    label: str
    rate: int
    variant_ids: frozenset[int]
    on_shipping: bool = False
    is_included: bool = True
    is_reversed: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no rate.

        Raises:
            ValueError: it is below zero, or above 100 %.
        """
        _require(of=self, rate=self.rate)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the checkout has to ask, because the price depends on it.

    Attributes:
        field: what to ask for.
        is_required: whether nothing can be ordered without an answer.
        choices: the only countries that make sense; None when any does.
        adds_tax: tax will come on top of the prices shown once the answer is there.
        settles_tax: this rule works out the tax, so that the site's own words about it are not said.
    """

    field: Literal["country", "tax_number"]
    is_required: bool = True
    choices: frozenset[str] | None = None
    adds_tax: bool = False
    settles_tax: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """Why the cart can't be ordered as it is.

    Attributes:
        message: in words for the buyer.
        field: what to correct; empty for the cart as a whole.
    """

    message: str
    field: Literal["", "code", "country", "tax_number"] = ""


CartTerm = Discount | ShippingOption | Tax | Question | Objection
"""Anything that a cart rule may answer."""


def checked_term(term: object) -> CartTerm:
    """The same term, if it is one and its fields fit. A discount takes something off, or answers to a code: else a
    buyer who was promised one would pay the full price.

    Raises:
        TypeError: it is nothing that a rule may answer.
        ValueError: it is a discount of nothing.
    """
    if not isinstance(term, CartTerm):
        raise TypeError(f"{term!r} is no {CartTerm}")
    if problem := wrong_field(term):
        raise TypeError(problem)
    if isinstance(term, Discount) and not (
        term.percent or term.amount_minor or term.frees_shipping or term.code
    ):
        raise ValueError(f"the discount {str(term.label)!r} takes nothing off")
    return term


class CartRule(Protocol):
    """A part of what a cart costs. All rules get the same facts, none sees another's answer, and their order does not
    matter.

    Attributes:
        name: unique; stands in the log when the rule fails.
        takes_codes: whether codes that buyers type may be for this rule. Where no rule takes any, no field is shown.
    """

    name: str
    takes_codes: bool

    def terms(self, cart: CartFacts) -> Iterable[CartTerm]:
        """What this rule has to say. Called whenever a cart is priced, so be quick and change nothing."""


@runtime_checkable
class LimitedCartRule(CartRule, Protocol):
    """A cart rule of which something is limited, such as a code that may be used ten times: it counts as well."""

    def claim(self, cart: CartFacts, *, order_id: int) -> None:
        """The order was placed with this rule's terms: count what is limited, in the same unit of work.

        Raises:
            Refused: it can't be had any more; nothing is placed.
        """
