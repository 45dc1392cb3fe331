"""Countries by their ISO 3166-1 alpha-2 codes, in the visitor's language, and the one that the site sells from."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from flask_babel import get_locale

from shop.core.site import site

# What CLDR lists among territories and no post reaches as a country: regions of the world, and codes for testing.
_NO_COUNTRIES = frozenset(
    {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ", "CP", "DG", "EA", "IC", "TA", "CQ"}
)


EUROPEAN_UNION = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    }
)
RIGHT_OF_WITHDRAWAL = EUROPEAN_UNION | {"GB", "IS", "LI", "NO"}
"""Where a buyer may withdraw for 14 days, unless they asked for their downloads at once: Directive 2011/83/EU,
Article 16 (m), which holds in the European Economic Area too; in the United Kingdom SI 2013/3134, regulation 37."""

_CUSTOMS_UNIONS = (
    EUROPEAN_UNION | {"MC"},
    frozenset({"CH", "LI"}),
    frozenset({"GB", "GG", "IM", "JE"}),
    frozenset({"PR", "US"}),
)
"""Between whose countries a parcel needs no customs declaration."""


def countries() -> tuple[tuple[str, str], ...]:
    """(code, name), by name."""
    return tuple(_names(_language()).items())


def country_name(code: str) -> str:
    """A country in words; the code itself when it is unknown."""
    return _names(_language()).get(code, code)


def is_country(code: str) -> bool:
    """Whether there is such a country."""
    return code in _names(_language())


def home_country() -> str:
    """The code of the country that the owner sells from; empty while it is not known."""
    return site().home_country.upper()


def needs_customs(country: str) -> bool:
    """Whether a parcel from the site's country to this one is declared at customs. No, while ours is not known."""
    home = home_country()
    if not home or not country or home == country:
        return False
    return not any({home, country} <= union for union in _CUSTOMS_UNIONS)


def _language() -> str:
    return str(get_locale() or "en")


@lru_cache(maxsize=16)
def _names(language: str) -> dict[str, str]:
    """The names of all countries by code, in the order of the names."""
    found = {
        code: name
        for code, name in Locale.parse(language).territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    }
    return dict(sorted(found.items(), key=lambda pair: pair[1].casefold()))
