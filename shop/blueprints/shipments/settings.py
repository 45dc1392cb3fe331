"""What the owner decides about parcels."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.plugins.api import setting

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
        _l("Carriers"),
        help=_l(
            "One per line: the carrier’s name, a vertical bar (|), and the tracking link with {code} "
            "in place of the tracking number."
        ),
        maximum=4000,
        multiline=True,
    )
    sender: str = setting(
        "",
        _l("Sender on the packing slip"),
        help=_l("Your postal address."),
        maximum=500,
        multiline=True,
    )
    slip_prices: bool = setting(
        True, _l("Prices on the packing slip"), help=_l("Never shown for gifts.")
    )
    slip_text: str = setting(
        "",
        _l("Text at the bottom of the packing slip"),
        help=_l("For example a thank-you note."),
        maximum=500,
        multiline=True,
    )
