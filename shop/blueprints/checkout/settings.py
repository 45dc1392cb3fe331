"""What the owner decides about checkout."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.settings import setting


@dataclass(frozen=True, slots=True)
class CheckoutSettings:
    """Shipping in minor units of the site's currency, and how long stock is kept for somebody who pays."""

    shipping_flat_minor: int = setting(
        490,
        "Shipping, in cents",
        help="For each order that is sent by post.",
        minimum=0,
        maximum=1_000_000,
    )
    shipping_free_from_minor: int = setting(
        5000, "Free shipping from, in cents", help="0: never.", minimum=0, maximum=100_000_000
    )
    reservation_minutes: int = setting(
        30, "Minutes that stock is kept while somebody pays", minimum=30, maximum=1440
    )
    declines_an_hour: int = setting(
        5,
        "Refused cards an hour",
        help="Who has had so many cards refused has to wait; three times as many for a network.",
        minimum=1,
        maximum=100,
    )
    tax_included_text: str = setting(
        "Tax included.", "About tax", help="Below the total.", maximum=120
    )
