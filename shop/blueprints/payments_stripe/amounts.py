"""What Stripe can charge to the last digit.

Our minor units are Stripe's, currency by currency: `shop.core.money` keeps the table of docs.stripe.com/currencies. So
amounts cross this border as they are; only a charge or a refund in steps is looked at, because Stripe refuses the rest.
"""

from __future__ import annotations

from shop.core import money


class AmountNotPossible(Exception):
    """Stripe can't take exactly this amount, so it takes nothing: the buyer is never charged another one."""


def chargeable(minor: int, currency: str) -> int:
    """The whole amount of a charge or a refund, in minor units, unchanged.

    Raises:
        AmountNotPossible: it is finer than Stripe charges in this currency.
    """
    if minor % money.step(currency):
        raise AmountNotPossible(f"{minor} {currency} is not a multiple of {money.step(currency)}")
    return minor
