"""What sending costs while there are no zones."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.plugins.api import setting


@dataclass(frozen=True, slots=True)
class ShippingSettings:
    """In minor units of the site's currency."""

    flat_minor: int = setting(
        490,
        _l("Shipping price"),
        help=_l("For each order with items to ship. Only used while there are no zones."),
        minimum=0,
        maximum=1_000_000,
        shown_as="money",
    )
    free_from_minor: int = setting(
        5000,
        _l("Free shipping from"),
        help=_l("0 means never."),
        minimum=0,
        maximum=100_000_000,
        shown_as="money",
    )
