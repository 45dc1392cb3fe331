"""The European Union's value added tax: who is in it, the standard rates, and how tax numbers look there."""

from __future__ import annotations

import re
from datetime import date

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
MEMBERS = frozenset(STANDARD_RATES)

# As VIES describes them (ec.europa.eu/taxation_customs/vies, frequently asked questions); Greece writes EL.
_NUMBERS = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-Z0-9]{2}\d{9}",
    "GR": r"\d{9}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}",
    "LT": r"\d{9}|\d{12}",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
}
_ELSEWHERE = re.compile(r"[A-Z0-9]{4,20}", re.ASCII)


def prefix(country: str) -> str:
    """With what the tax numbers of a country of the Union begin."""
    return "EL" if country == "GR" else country


def looks_right(number: str, country: str) -> bool:
    """Whether a tax number has the form of its country's. Not whether there is such a number."""
    if country not in MEMBERS:
        return _ELSEWHERE.fullmatch(number) is not None
    pattern = f"{prefix(country)}(?:{_NUMBERS[country]})"
    return re.fullmatch(pattern, number, re.ASCII) is not None
