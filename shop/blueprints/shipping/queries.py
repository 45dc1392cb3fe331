"""Questions about zones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from shop.blueprints.shipping.models import ShippingRate, ShippingZone
from shop.core.changes.remembered import fresh
from shop.core.errors import or_404
from shop.plugins.api import NotFound, db

ZONES_TAG = "shipping:zones"
"""What pages are made of that say what sending costs."""


def zones() -> Sequence[ShippingZone]:
    """All of them by name, the rest of the world last."""
    return db.session.scalars(
        select(ShippingZone).order_by(ShippingZone.is_rest, ShippingZone.name, ShippingZone.id)
    ).all()


class KnownRate(NamedTuple):
    """What sending costs, in minor units of `currency`; `free_from_minor` is None for never."""

    currency: str
    price_minor: int
    free_from_minor: int | None
    has_limit: bool


class KnownZone(NamedTuple):
    """Countries and the rates to them; no country is named in the rest of the world."""

    countries: tuple[str, ...]
    rates: tuple[KnownRate, ...]


def known_zones() -> tuple[KnownZone, ...]:
    """All zones: no query, unless one changed since this process last looked."""
    return fresh(ZONES_TAG, _known_zones)


def _known_zones() -> tuple[KnownZone, ...]:
    return tuple(
        KnownZone(
            tuple(zone.countries),
            tuple(
                KnownRate(
                    rate.currency,
                    rate.price_minor,
                    rate.free_from_minor,
                    rate.max_grams is not None,
                )
                for rate in zone.rates
            ),
        )
        for zone in zones()
    )


def zone_or_404(zone_id: int) -> ShippingZone:
    """A zone.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(ShippingZone, zone_id))


def shipping_rate_or_404(zone: ShippingZone, rate_id: int) -> ShippingRate:
    """A rate of a zone.

    Raises:
        NotFound: it is another zone's.
    """
    rate = db.session.get(ShippingRate, rate_id)
    if rate is None or rate.zone_id != zone.id:
        raise NotFound
    return rate


def taken(besides: int | None) -> dict[str, str]:
    """In which zone each country is, leaving one zone out."""
    return {
        country: zone.name for zone in zones() if zone.id != besides for country in zone.countries
    }


def rest_zone() -> ShippingZone | None:
    """The zone of every country that is in no other."""
    return db.session.scalar(select(ShippingZone).where(ShippingZone.is_rest).limit(1))
