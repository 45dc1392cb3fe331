"""What the owner decides about payments."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.settings import setting


@dataclass(frozen=True, slots=True)
class PaymentSettings:
    """When cards are no longer tried."""

    declines_an_hour: int = setting(
        5,
        "Refused cards an hour",
        help="Who has had so many cards refused has to wait; three times as many for a network.",
        minimum=1,
        maximum=100,
    )
