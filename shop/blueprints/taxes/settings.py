"""How prices and taxes go together."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.settings import setting


@dataclass(frozen=True, slots=True)
class TaxSettings:
    """All of it waits for the first rate of tax. The country at home is the checkout's setting."""

    prices_include_tax: bool = setting(
        True,
        "Prices include tax",
        help="Everybody pays the price shown, whatever their rate; else tax comes on top at the checkout.",
    )
    is_small: bool = setting(
        False,
        "Tax private buyers in the EU at home",
        help="For a seller in the EU with less than 10,000 euros a year to buyers in its other countries.",
    )
    asks_tax_number: bool = setting(
        False, "Ask for a tax number", help="Stands on the invoice. Only its form is checked."
    )
    reverses_charge: bool = setting(
        False,
        "Charge businesses elsewhere in the EU no tax",
        help="When they give a tax number. Only its form is checked: you answer for whether it is valid.",
    )
