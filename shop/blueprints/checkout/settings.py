"""What the owner decides about checkout."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.core.settings import setting


@dataclass(frozen=True, slots=True)
class CheckoutSettings:
    """How long stock is kept for someone who pays."""

    reservation_minutes: int = setting(
        30, _l("Minutes to reserve stock while a buyer pays"), minimum=30, maximum=1440
    )
    tax_included_text: str = setting(
        "Tax included.",
        _l("Tax text"),
        help=_l("Shown below the total while no tax rates are set."),
        maximum=120,
    )
