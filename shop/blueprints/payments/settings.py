"""What the owner decides about payments."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.plugins.api import setting


@dataclass(frozen=True, slots=True)
class PaymentSettings:
    """When cards are no longer tried, and subscriptions no longer renewed."""

    declines_an_hour: int = setting(
        5,
        _l("Declined cards per hour"),
        help=_l(
            "After this many declined cards, a buyer has to wait. A network may have three times as many."
        ),
        minimum=1,
        maximum=100,
    )
    grace_days: int = setting(
        14,
        _l("Days of grace when a renewal fails"),
        help=_l(
            "The provider tries to charge a subscription again, and the buyer is told. After so many days it is ended."
        ),
        minimum=1,
        maximum=60,
    )
