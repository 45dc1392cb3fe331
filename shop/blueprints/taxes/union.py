"""The European Union's value added tax: who is in it, the standard rates, and which tax numbers are possible."""

from __future__ import annotations

import re
from datetime import date

from shop.core.countries import EUROPEAN_UNION

SOURCE = "European Commission, Taxes in Europe Database, as of 1 January 2026"
AS_OF = date(2026, 1, 1)

# Thousandths of a percent. Changed last: FI September 2024, SK January 2025, EE July 2025, RO August 2025.
STANDARD_RATES = {
    "AT": 20_000,
    "BE": 21_000,
    "BG": 20_000,
    "CY": 19_000,
    "CZ": 21_000,
    "DE": 19_000,
    "DK": 25_000,
    "EE": 24_000,
    "ES": 21_000,
    "FI": 25_500,
    "FR": 20_000,
    "GR": 24_000,
    "HR": 25_000,
    "HU": 27_000,
    "IE": 23_000,
    "IT": 22_000,
    "LT": 21_000,
    "LU": 17_000,
    "LV": 21_000,
    "MT": 18_000,
    "NL": 21_000,
    "PL": 23_000,
    "PT": 23_000,
    "RO": 21_000,
    "SE": 25_000,
    "SI": 22_000,
    "SK": 23_000,
}
MEMBERS = EUROPEAN_UNION

_FORM = re.compile(r"[A-Z0-9+*]{4,20}", re.ASCII)


def prefix(country: str) -> str:
    """With what the tax numbers of a country of the Union begin."""
    return "EL" if country == "GR" else country


def looks_right(number: str, country: str) -> bool:
    """Whether a tax number is formed as its country's are, check digits included. Not whether there is such a number.

    `number` is in capitals and without spaces. Outside the Union it frees from no tax, so nothing more is asked of it.
    """
    if country not in MEMBERS or not _FORM.fullmatch(number):
        return _FORM.fullmatch(number) is not None
    # Imported here, because few buyers give a number, and each country's rules are a module of their own.
    from stdnum.eu import vat

    return number.startswith(prefix(country)) and vat.is_valid(number)
