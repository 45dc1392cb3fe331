"""What happens to zones and rates. Orders keep what they were charged, whatever becomes of the rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.shipping import queries
from shop.blueprints.shipping.models import ShippingRate, ShippingZone
from shop.core.countries import country_name
from shop.core.secrets.kept import keep_values, take_values
from shop.plugins.api import Refused, db, purge

REMOVED_ZONE = "shipping.removed_zone"
REMOVED_RATE = "shipping.removed_rate"


@dataclass(frozen=True, slots=True)
class ShippingTerms:
    """What a shipping method costs; minor units, grams; None is never, and any weight."""

    label: str
    price_minor: int
    free_from_minor: int | None
    max_grams: int | None


def write_zone(
    name: str, countries: Sequence[str], *, is_rest: bool, zone: ShippingZone | None = None
) -> ShippingZone:
    """Make a zone, or change one.

    Raises:
        Refused: a country is in another zone already, or none is named; `field` says which.
    """
    own_id = zone.id if zone else None
    if not countries and not is_rest:
        raise Refused(_("Choose at least one country."), field="countries")
    taken = queries.taken(own_id)
    twice = next((country for country in countries if country in taken), None)
    if twice is not None:
        raise Refused(
            _(
                "%(country)s is already in the zone “%(zone)s”.",
                country=country_name(twice),
                zone=taken[twice],
            ),
            field="countries",
        )
    rest = queries.rest_zone()
    if is_rest and rest is not None and rest.id != own_id:
        raise Refused(
            _("“%(zone)s” already covers all other countries.", zone=rest.name), field="is_rest"
        )
    zone = zone or ShippingZone()
    zone.name, zone.countries, zone.is_rest = name, sorted(set(countries)), is_rest
    db.session.add(zone)
    db.session.flush()
    purge(queries.ZONES_TAG)
    return zone


def remove_zone(zone: ShippingZone) -> str:
    """Delete a zone and its rates: nothing is shipped to its countries any more, unless the rest zone takes them.

    Returns:
        A token for `restore_zone`, good for an hour.
    """
    token = keep_values(
        REMOVED_ZONE,
        {
            "name": zone.name,
            "countries": zone.countries,
            "is_rest": zone.is_rest,
            "rates": [_values_of(rate) for rate in zone.rates],
        },
    )
    db.session.delete(zone)
    purge(queries.ZONES_TAG)
    return token


def restore_zone(token: str) -> ShippingZone:
    """Make a removed zone again, with its rates.

    Raises:
        Gone: it was removed too long ago, or is there again.
        Refused: another zone has taken one of its countries.
    """
    values = take_values(REMOVED_ZONE, token)
    zone = write_zone(values["name"], values["countries"], is_rest=values["is_rest"])
    for rate in values["rates"]:
        _write_again(zone, rate)
    return zone


def write_rate(
    zone: ShippingZone, terms: ShippingTerms, *, currency: str, rate: ShippingRate | None = None
) -> ShippingRate:
    """Make a rate, or change one."""
    rate = rate or ShippingRate(zone_id=zone.id, currency=currency)
    rate.label = terms.label
    rate.price_minor = terms.price_minor
    rate.free_from_minor = terms.free_from_minor
    rate.max_grams = terms.max_grams
    db.session.add(rate)
    db.session.flush()
    purge(queries.ZONES_TAG)
    return rate


def remove_rate(rate: ShippingRate) -> str:
    """Delete a rate; returns a token for `restore_rate`, good for an hour."""
    token = keep_values(REMOVED_RATE, {"zone_id": rate.zone_id, **_values_of(rate)})
    db.session.delete(rate)
    purge(queries.ZONES_TAG)
    return token


def restore_rate(token: str) -> ShippingRate:
    """Make a removed rate again.

    Raises:
        Gone: it was removed too long ago, or is there again.
        NotFound: its zone is gone.
    """
    values = take_values(REMOVED_RATE, token)
    return _write_again(queries.zone_or_404(values["zone_id"]), values)


def _values_of(rate: ShippingRate) -> dict[str, Any]:
    terms = ShippingTerms(rate.label, rate.price_minor, rate.free_from_minor, rate.max_grams)
    return {"currency": rate.currency, "terms": asdict(terms)}


def _write_again(zone: ShippingZone, values: dict[str, Any]) -> ShippingRate:
    return write_rate(zone, ShippingTerms(**values["terms"]), currency=values["currency"])
