"""What search engines are told of sending a product and of returning it.

After https://developers.google.com/search/docs/appearance/structured-data/merchant-listing: only what is known is
said, so nothing of the rest of the world, whose countries nobody has named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shop.blueprints.shipping import queries
from shop.blueprints.shipping.queries import KnownRate, KnownZone
from shop.blueprints.shipping.settings import ShippingSettings
from shop.core.money import to_decimal
from shop.core.site import site
from shop.core.web.structured_data import Thing, term
from shop.plugins.api import ProductView, StructuredData, VariantView, current_settings, made_of


def product_offers(product: ProductView) -> Iterable[Mapping[str, Any]]:
    """The offers of what has to be sent, with what sending costs and how it may come back."""
    made_of("settings", queries.ZONES_TAG)
    sent = [each for each in product.variants if not each.is_digital]
    zones = queries.known_zones() if sent else ()
    offers = [
        {"@id": f"{product.url}#offer-{each.id}", **_sending(product, each, zones), **_returning()}
        for each in sent
    ]
    if any(len(offer) > 1 for offer in offers):
        yield {"@id": product.node_id, "offers": offers}


def _sending(product: ProductView, variant: VariantView, zones: Sequence[KnownZone]) -> Thing:
    if zones:
        costs = [(each.countries, _least(each.rates, product, variant)) for each in zones]
        known = [(where, cost) for where, cost in costs if where and cost is not None]
    else:
        known = _flat(product, variant)
    if not known:
        return {}
    return {"shippingDetails": [_details(where, cost, product.currency) for where, cost in known]}


def _flat(product: ProductView, variant: VariantView) -> list[tuple[tuple[str, ...], int]]:
    rules = current_settings(ShippingSettings)
    if not site().home_country or product.currency != site().currency:
        return []
    is_free = bool(rules.free_from_minor) and variant.price_minor >= rules.free_from_minor
    return [((site().home_country,), 0 if is_free else rules.flat_minor)]


def _least(rates: Iterable[KnownRate], product: ProductView, variant: VariantView) -> int | None:
    """The least that one costs to be sent, whatever it weighs; None where no rate says it."""
    costs = [
        0
        if rate.free_from_minor and variant.price_minor >= rate.free_from_minor
        else rate.price_minor
        for rate in rates
        if rate.currency == product.currency and not rate.has_limit
    ]
    return min(costs, default=None)


def _details(countries: Sequence[str], cost: int, currency: str) -> Thing:
    return {
        "@type": "OfferShippingDetails",
        "shippingRate": {
            "@type": "MonetaryAmount",
            "value": str(to_decimal(cost, currency)),
            "currency": currency,
        },
        "shippingDestination": {"@type": "DefinedRegion", "addressCountry": list(countries)},
    }


def _returning() -> Thing:
    rules, country = current_settings(ShippingSettings), site().home_country
    if not rules.return_days or not country:
        return {}
    fees = "FreeReturn" if rules.free_returns else "ReturnFeesCustomerResponsibility"
    policy = {
        "@type": "MerchantReturnPolicy",
        "applicableCountry": country,
        "returnPolicyCategory": term("MerchantReturnFiniteReturnWindow"),
        "merchantReturnDays": rules.return_days,
        "returnMethod": term("ReturnByMail"),
        "returnFees": term(fees),
    }
    return {"hasMerchantReturnPolicy": policy}


OFFERS = StructuredData("shipping", ProductView, product_offers)
