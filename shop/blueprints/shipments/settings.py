"""What the owner decides about parcels."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.settings import setting

_CARRIERS = """\
DHL | https://www.dhl.com/global-en/home/tracking.html?tracking-id={code}
DPD | https://tracking.dpd.de/status/en_US/parcel/{code}
Royal Mail | https://www.royalmail.com/track-your-item#/tracking-results/{code}
UPS | https://www.ups.com/track?tracknum={code}
USPS | https://tools.usps.com/go/TrackConfirmAction?tLabels={code}
"""


@dataclass(frozen=True, slots=True)
class ShipmentSettings:
    """Carriers, and what is on a packing slip."""

    carriers: str = setting(
        _CARRIERS.strip(),
        "Carriers",
        help="One per line: the carrier’s name, a vertical bar (|), and the tracking link with {code} "
        "in place of the tracking number.",
        maximum=4000,
        multiline=True,
    )
    sender: str = setting(
        "", "Sender on the packing slip", help="Your postal address.", maximum=500, multiline=True
    )
    slip_prices: bool = setting(True, "Prices on the packing slip", help="Never shown for gifts.")
    slip_text: str = setting(
        "",
        "Text at the bottom of the packing slip",
        help="For example a thank-you note.",
        maximum=500,
        multiline=True,
    )
