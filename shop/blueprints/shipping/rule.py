"""What sending a cart costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _

from shop.blueprints.shipping import queries
from shop.blueprints.shipping.models import ShippingRate, ShippingZone
from shop.blueprints.shipping.settings import ShippingSettings
from shop.core import settings
from shop.core.countries import countries, country_name
from shop.core.site import site
from shop.plugins.api import CartFacts, CartTerm, Objection, Question, ShippingOption


class ShippingRule:
    """A `CartRule`: the rates of the zone that the country is in."""

    name = "shipping"
    takes_codes = False

    def terms(self, cart: CartFacts) -> Iterable[CartTerm]:
        """Ways to send it; nothing for downloads alone."""
        if not cart.needs_shipping:
            return
        zones = queries.zones()
        if not zones:
            yield _flat(cart)
            return
        yield Question("country", choices=_reached(zones))
        if cart.country:
            yield from _of_country(cart, zones)


def _flat(cart: CartFacts) -> CartTerm:
    if cart.currency != site().currency:
        return _unknown_in(cart.currency)
    rules = settings.current(ShippingSettings)
    return ShippingOption(
        "flat", str(_("Shipping")), rules.flat_minor, rules.free_from_minor or None
    )


def _reached(zones: Sequence[ShippingZone]) -> frozenset[str] | None:
    """The countries that something can be sent to; None for all."""
    named = {country for zone in zones if zone.rates for country in zone.countries}
    if not any(zone.is_rest and zone.rates for zone in zones):
        return frozenset(named)
    left_out = {country for zone in zones if not zone.rates for country in zone.countries}
    if not left_out:
        return None
    return frozenset(code for code, _name in countries() if code not in left_out)


def zone_of(country: str, zones: Sequence[ShippingZone]) -> ShippingZone | None:
    """The zone that names the country, else the rest of the world."""
    named = next((zone for zone in zones if country in zone.countries), None)
    return named or next((zone for zone in zones if zone.is_rest), None)


def _of_country(cart: CartFacts, zones: Sequence[ShippingZone]) -> Iterable[CartTerm]:
    zone = zone_of(cart.country, zones)
    if zone is None or not zone.rates:
        where = country_name(cart.country)
        yield Objection(_("We don’t ship to this country: %(where)s.", where=where), "country")
        return
    rates = [rate for rate in zone.rates if rate.currency == cart.currency]
    if not rates:
        yield _unknown_in(cart.currency)
        return
    fitting = [rate for rate in rates if _carries(rate, cart)]
    if not fitting:
        yield Objection(_("This is too heavy for one parcel. Please order a smaller quantity."))
    for rate in fitting:
        yield ShippingOption(str(rate.id), rate.label, rate.price_minor, rate.free_from_minor)


def _unknown_in(currency: str) -> Objection:
    return Objection(
        _(
            "We have no shipping price in %(currency)s. Please contact us.",
            currency=currency,
        )
    )


def _carries(rate: ShippingRate, cart: CartFacts) -> bool:
    weight = sum(line.weight_grams * line.quantity for line in cart.lines if not line.is_digital)
    return rate.max_grams is None or weight <= rate.max_grams
