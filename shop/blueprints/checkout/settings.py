"""What the owner decides about checkout."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.core.settings import first_words
from shop.plugins.api import setting

SHORTEST_MINUTES = 30
"""No shorter: a payment page of Stripe is open for 30 minutes at least.

https://docs.stripe.com/api/checkout/sessions/create (`expires_at`).
"""


@dataclass(frozen=True, slots=True)
class CheckoutSettings:
    """How long stock is kept for someone who pays, and what buyers agree to."""

    reservation_minutes: int = setting(
        60,
        _l("Minutes to reserve stock while a buyer pays"),
        help=_l(
            "The more of a product’s stock unpaid orders hold, the shorter: down to 30 minutes, the shortest time that "
            "a payment page of Stripe can be open."
        ),
        minimum=SHORTEST_MINUTES,
        maximum=1440,
    )
    unpaid_orders: int = setting(
        5,
        _l("Unpaid orders that one buyer may have at once"),
        help=_l(
            "Each reserves its items. People who share an IP address may have four times as many together."
        ),
        minimum=1,
        maximum=1000,
    )
    unpaid_items: int = setting(
        50,
        _l("Items that one buyer may reserve without paying"),
        help=_l(
            "Only of variants with tracked stock, all unpaid orders together; so one order can’t have more. People who "
            "share an IP address may reserve four times as many together."
        ),
        minimum=1,
        maximum=99_999,
    )
    asks_phone: str = setting(
        "customs",
        _l("Ask for a phone number"),
        help=_l("Customs and carriers abroad call the recipient when something is missing."),
        choices=(
            ("customs", _l("For parcels that pass customs")),
            ("parcels", _l("For all parcels")),
            ("never", _l("Never")),
        ),
    )
    tax_included_text: str = setting(
        first_words("Tax included."),
        _l("Tax text"),
        help=_l("Shown below the total while no tax rates are set."),
        maximum=120,
    )
    asks_consent: bool = setting(
        True,
        _l("Ask buyers of downloads to agree to immediate delivery"),
        help=_l(
            "In the EU, Iceland, Liechtenstein, Norway and the United Kingdom, they could otherwise withdraw from "
            "the purchase for 14 days. Nobody is asked while your country is another one."
        ),
    )
    terms_address: str = setting(
        "",
        _l("Address of your terms"),
        help=_l("For example /pages/terms. Linked beside the pay button and in the confirmation."),
        maximum=200,
    )
    returns_address: str = setting("", _l("Address of your page on returns"), maximum=200)
    privacy_address: str = setting("", _l("Address of your privacy notice"), maximum=200)
