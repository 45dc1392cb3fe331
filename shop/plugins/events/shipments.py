"""Facts of shipments."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class ParcelSent(Event):
    """A parcel was handed to a carrier.

    Attributes:
        shipment_id: which parcel.
    """

    shipment_id: int
