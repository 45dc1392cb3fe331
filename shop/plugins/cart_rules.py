"""What crosses the wall when a cart is priced: what a rule is told, and what it may answer.

Amounts are minor units of the cart's currency. Rates are whole numbers, thousandths of a percent: 19 % is 19000.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

WHOLE = 100_000
"""A hundred percent."""


@dataclass(frozen=True, slots=True)
class CartFactsLine:
    """What a rule may know of a line; each variant stands in one line."""

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

    `country` (ISO 3166-1 alpha-2) is where the parcel goes, or where the buyer of downloads lives. `reference` is that
    of the order which this cart has placed already and is about to go on with or replace.
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
        """Whether anything goes by post."""
        return any(not line.is_digital for line in self.lines)

    @property
    def subtotal_minor(self) -> int:
        """What the lines cost before any rule."""
        return sum(line.total_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Discount:
    """Lowers goods by a part of each line's price, by an amount spread over the lines, or frees the shipping.

    Never below zero. `variant_ids` says which lines, None all. Every part is of the price before any discount, so that
    the order in which rules speak changes nothing. `code` is the code that it answers to, if any.
    """

    label: str
    percent: int = 0
    amount_minor: int = 0
    variant_ids: frozenset[int] | None = None
    frees_shipping: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """A way to send the parcel, free from `free_from_minor` of goods less discounts.

    The cheapest is taken, unless the buyer chose another by its `key`.
    """

    key: str
    label: str
    price_minor: int
    free_from_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax on some lines, and on the shipping where `on_shipping`. A line can bear one.

    `is_included`: prices hold it already; all taxes of a cart agree on that. `is_reversed`: the buyer owes it and we
    don't charge it; prices that hold it are charged without.
    """

    label: str
    rate: int
    variant_ids: frozenset[int]
    on_shipping: bool = False
    is_included: bool = True
    is_reversed: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the checkout has to ask, because the price depends on it.

    `choices` are the only countries that make sense, None when any does. `adds_tax`: tax will come on top of the prices
    shown once the answer is there. `settles_tax`: this rule works out the tax, so that the site's own words about
    it are not said.
    """

    field: Literal["country", "tax_number"]
    is_required: bool = True
    choices: frozenset[str] | None = None
    adds_tax: bool = False
    settles_tax: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """Why the cart can't be ordered as it is, in words for the buyer. `field` is what to mend."""

    message: str
    field: Literal["", "code", "country", "tax_number"] = ""


CartTerm = Discount | ShippingOption | Tax | Question | Objection


class CartRule(Protocol):
    """Has a say in what a cart costs: discounts, shipping, taxes.

    A rule that fails refuses: nothing is sold on an error. All rules hear the same facts, none hears another's answer,
    and their order does not matter.
    """

    name: str

    takes_codes: bool
    """Whether codes that buyers type may be for this rule: without any, no field for them is shown."""

    def terms(self, cart: CartFacts) -> Iterable[CartTerm]:
        """What this rule has to say. Called whenever the cart is shown, so be quick and change nothing."""

    def claim(self, cart: CartFacts, *, order_id: int) -> None:
        """The order was placed with this rule's terms: count what is limited, in the same unit of work.

        Raises:
            Refused: it can't be had any more; nothing is placed.
        """
