"""Zones and their rates in the export of the whole site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.shipping import queries, services
from shop.blueprints.shipping.services import ShippingTerms
from shop.plugins.api import ExportPart, Refused

_TERMS = ("label", "currency", "price_minor", "free_from_minor", "max_grams")


def _written() -> Iterator[Mapping[str, Any]]:
    for zone in queries.zones():
        rates = [{name: getattr(rate, name) for name in _TERMS} for rate in zone.rates]
        yield {
            "name": zone.name,
            "countries": list(zone.countries),
            "is_rest": zone.is_rest,
            "rates": rates,
        }


def _read(said: Mapping[str, Any]) -> bool:
    """Make a zone; one of its name that is here already stays as it is."""
    name, countries, rates = said.get("name"), said.get("countries"), said.get("rates")
    if not (isinstance(name, str) and isinstance(countries, list) and isinstance(rates, list)):
        raise Refused(_("it can’t be read"))
    if any(zone.name == name for zone in queries.zones()):
        return False
    zone = services.write_zone(name, countries, is_rest=said.get("is_rest") is True)
    for rate in rates:
        terms = ShippingTerms(
            str(rate["label"]), rate["price_minor"], rate["free_from_minor"], rate["max_grams"]
        )
        services.write_rate(zone, terms, currency=str(rate["currency"]))
    return True


ZONES = ExportPart("shipping-zones", "shipping zone", _written, _read)
