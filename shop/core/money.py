"""Amounts are whole numbers of minor units (cents), never floats.

The number of digits behind the point is ISO 4217's as payment providers count it, which is not CLDR's for
a few currencies (docs.stripe.com/currencies): hence a table of our own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, format_percent
from flask_babel import get_locale
from flask_babel import gettext as _

from shop.core.errors import Refused

ZERO_DECIMALS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
STEPS = {"ISK": 100, "UGX": 100, **dict.fromkeys(THREE_DECIMALS, 10)}
MAX_MINOR = 99_999_999_99
_AMOUNT = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?", re.ASCII)


def decimals(currency: str) -> int:
    """Digits behind the point: 0, 2 or 3."""
    if currency in ZERO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def step(currency: str) -> int:
    """What amounts are typed in and rounded to: nothing finer can be charged (docs.stripe.com/currencies)."""
    return STEPS.get(currency, 1)


def rounded(numerator: int, denominator: int, to: int = 1) -> int:
    """A fraction of minor units, not negative, rounded half up to a multiple of `to`."""
    return (2 * numerator + denominator * to) // (2 * denominator * to) * to


def spread(amount: int, over: Sequence[int]) -> list[int]:
    """An amount in parts, in proportion to `over`, none above its own; they sum to the amount, or to all there is.

    What rounding leaves goes to the greatest remainders, then to who comes first.
    """
    whole = sum(over)
    amount = min(amount, whole)
    if not amount:
        return [0] * len(over)
    parts = [amount * each // whole for each in over]
    behind = sorted(range(len(over)), key=lambda index: (-(amount * over[index] % whole), index))
    for index in behind[: amount - sum(parts)]:
        parts[index] += 1
    return parts


def to_decimal(minor: int, currency: str) -> Decimal:
    """1400, "EUR" is Decimal("14.00")."""
    return Decimal(minor).scaleb(-decimals(currency))


def parse(value: str, currency: str) -> int:
    """Minor units of an amount as typed, "14", "14.00" or "14,00".

    Raises:
        Refused: not a number, finer than can be charged in the currency, or beyond `MAX_MINOR`.
    """
    text = value.strip().replace(",", ".")
    if not _AMOUNT.fullmatch(text):
        raise Refused(_("Enter an amount such as 14.00."))
    try:
        minor = Decimal(text).scaleb(decimals(currency))
    except InvalidOperation:
        raise Refused(_("Enter an amount such as 14.00.")) from None
    if minor != minor.to_integral_value():
        raise Refused(
            _(
                "%(currency)s has %(count)s digits after the decimal point.",
                currency=currency,
                count=decimals(currency),
            )
        )
    if minor % step(currency):
        raise Refused(
            _(
                "%(currency)s is charged in steps of %(step)s.",
                currency=currency,
                step=to_decimal(step(currency), currency),
            )
        )
    if abs(minor) > MAX_MINOR:
        raise Refused(_("This amount is too large."))
    return int(minor)


def format_money(minor: int, currency: str, locale: Locale | str | None = None) -> str:
    """An amount as people write it: €14.00, or as the site's language says it: 14,00 €."""
    return _in_words(minor, currency, str(locale or get_locale() or "en"))


@lru_cache(maxsize=2000)
def _in_words(minor: int, currency: str, locale: str) -> str:
    return format_currency(
        to_decimal(minor, currency),
        currency,
        locale=locale,
        currency_digits=False,
        format=None if decimals(currency) == 2 else _pattern(locale, decimals(currency)),
    )


def format_rate(rate: int, locale: Locale | str | None = None) -> str:
    """A rate in thousandths of a percent as people write it: 25500 is 25.5%."""
    given = locale or get_locale() or "en"
    return format_percent(Decimal(rate).scaleb(-5), locale=given, decimal_quantization=False)


def _pattern(locale: Locale | str, digits: int) -> str:
    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    fraction = "." + "0" * digits if digits else ""
    return re.sub(r"0(?:\.0+)?", "0" + fraction, pattern)
