"""What the owner decides about checkout."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.settings import setting


@dataclass(frozen=True, slots=True)
class CheckoutSettings:
    """How long stock is kept for somebody who pays."""

    reservation_minutes: int = setting(
        30, "Minutes that stock is kept while somebody pays", minimum=30, maximum=1440
    )
    tax_included_text: str = setting(
        "Tax included.",
        "About tax",
        help="Below the total, where no rates of tax are known.",
        maximum=120,
    )
