"""What sending costs while there are no zones, and what search engines are told of sending back."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.plugins.api import setting


@dataclass(frozen=True, slots=True)
class ShippingSettings:
    """Amounts in minor units of the site's currency; 0 days say nothing of returns."""

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
    return_days: int = setting(
        0,
        _l("Days within which goods can be returned"),
        help=_l(
            "Search engines show it beside a product, if the country you sell from is chosen. 0 says nothing about "
            "returns."
        ),
        minimum=0,
        maximum=3650,
    )
    free_returns: bool = setting(
        False,
        _l("Returns cost the buyer nothing"),
    )
