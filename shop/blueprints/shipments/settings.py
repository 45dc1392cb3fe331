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
    """Carriers, and what stands on a packing slip."""

    carriers: str = setting(
        _CARRIERS.strip(),
        "Carriers",
        help="One a line: the name, a bar, and the address to follow a parcel at, with {code} for its number.",
        maximum=4000,
        multiline=True,
    )
    sender: str = setting(
        "", "Sender on the packing slip", help="Your address.", maximum=500, multiline=True
    )
    slip_prices: bool = setting(True, "Prices on the packing slip", help="Never on that of a gift.")
    slip_text: str = setting(
        "", "Below the packing slip", help="A word of thanks, say.", maximum=500, multiline=True
    )
