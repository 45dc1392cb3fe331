"""How Stripe counts amounts, which is neither ISO 4217 nor quite how we count them.

The table is https://docs.stripe.com/currencies: no decimals for some; two for ISK and UGX although they have none any
more, so that the last two digits must be zero; three for some, of which the last must be zero.
"""

from __future__ import annotations

from shop.core import money

WITHOUT_DECIMALS = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
WITH_THREE = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
MULTIPLES = {"ISK": 100, "UGX": 100, **dict.fromkeys(WITH_THREE, 10)}
"""What a charge must be a multiple of, in Stripe's units."""


class AmountNotPossible(Exception):
    """Stripe can't take exactly this amount, so it takes nothing: the buyer is never charged another one."""


def decimals(currency: str) -> int:
    """Digits behind the point, as Stripe counts."""
    if currency in WITHOUT_DECIMALS:
        return 0
    return 3 if currency in WITH_THREE else 2


def to_stripe(minor: int, currency: str) -> int:
    """Our minor units as Stripe's.

    Raises:
        AmountNotPossible: it has more digits than Stripe knows.
    """
    return _moved(minor, decimals(currency) - money.decimals(currency), currency)


def to_charge(minor: int, currency: str) -> int:
    """The whole amount of a charge or a refund.

    Raises:
        AmountNotPossible: Stripe could not charge it to the last digit.
    """
    amount = to_stripe(minor, currency)
    if amount % MULTIPLES.get(currency, 1):
        raise AmountNotPossible(f"{minor} {currency} is not a multiple of what can be charged")
    return amount


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's units as our minor units.

    Raises:
        AmountNotPossible: it has more digits than we know.
    """
    return _moved(amount, money.decimals(currency) - decimals(currency), currency)


def _moved(units: int, places: int, currency: str) -> int:
    factor: int = 10 ** abs(places)
    if places >= 0:
        return units * factor
    whole, rest = divmod(units, factor)
    if rest:
        raise AmountNotPossible(f"{units} {currency} has too many digits")
    return whole
