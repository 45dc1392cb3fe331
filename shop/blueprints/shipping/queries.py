"""Questions about zones."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from shop.blueprints.shipping.models import ShippingRate, ShippingZone
from shop.core.errors import or_404
from shop.plugins.api import NotFound, db


def zones() -> Sequence[ShippingZone]:
    """All of them by name, the rest of the world last."""
    return db.session.scalars(
        select(ShippingZone).order_by(ShippingZone.is_rest, ShippingZone.name, ShippingZone.id)
    ).all()


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
