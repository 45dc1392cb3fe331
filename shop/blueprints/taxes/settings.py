"""How prices and taxes go together."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.plugins.api import setting


@dataclass(frozen=True, slots=True)
class TaxSettings:
    """All of it waits for the first rate of tax. The country at home is the checkout's setting."""

    prices_include_tax: bool = setting(
        True,
        _l("Prices include tax"),
        help=_l(
            "If on, everyone pays the price shown, whatever their tax rate. If off, tax is added at checkout."
        ),
    )
    is_small: bool = setting(
        False,
        _l("Use your own country’s tax for private buyers in the EU"),
        help=_l(
            "For EU sellers who sell less than 10,000 euros a year to buyers in other EU countries."
        ),
    )
    asks_tax_number: bool = setting(
        False,
        _l("Ask for a VAT or tax number"),
        help=_l("Shown on the invoice. We check only its format."),
    )
    reverses_charge: bool = setting(
        False,
        _l("Charge businesses in other EU countries no tax"),
        help=_l(
            "If they give a VAT number. We check only its format; you have to check that it is valid."
        ),
    )
