"""Plants what prices depend on: codes to try, two zones, the rates of tax of the European Union."""

from __future__ import annotations

from typing import Final

from shop.core import settings
from shop.core.site import SiteSettings
from shop.plugins import registry

CURRENCY: Final = "EUR"
HOME: Final = "IE"
CODE: Final = "WELCOME"


def plant() -> None:
    """What of it is switched on."""
    has = registry().has
    if has("checkout"):
        from shop.blueprints.checkout.settings import CheckoutSettings

        settings.change(SiteSettings, {"home_country": HOME})
        settings.change(
            CheckoutSettings,
            {
                "terms_address": "/pages/terms",
                "returns_address": "/pages/shipping-and-returns",
                "privacy_address": "/pages/privacy",
            },
        )
    if has("discounts"):
        _plant_codes()
    if has("shipping"):
        _plant_zones()
    if has("taxes"):
        from shop.blueprints.taxes import services as taxes

        taxes.fill_in_union()


def _plant_codes() -> None:
    from shop.blueprints.discounts import services
    from shop.blueprints.discounts.models import DiscountKind
    from shop.blueprints.discounts.services import CodeTerms

    services.write_code(CodeTerms(CODE, DiscountKind.PERCENT, CURRENCY, percent=10_000))
    services.write_code(
        CodeTerms("FIVER", DiscountKind.AMOUNT, CURRENCY, amount_minor=500, once_a_customer=True)
    )
    services.write_code(CodeTerms("FREEPOST", DiscountKind.SHIPPING, CURRENCY, max_uses=100))
    past = services.write_code(CodeTerms("SUMMER", DiscountKind.PERCENT, CURRENCY, percent=20_000))
    services.switch(past, on=False)


def _plant_zones() -> None:
    from shop.blueprints.shipping import services
    from shop.blueprints.shipping.services import ShippingTerms
    from shop.blueprints.taxes.union import MEMBERS

    union = services.write_zone("European Union", sorted(MEMBERS), is_rest=False)
    services.write_rate(union, ShippingTerms("By post", 490, 5000, None), currency=CURRENCY)
    rest = services.write_zone("Everywhere else", (), is_rest=True)
    services.write_rate(rest, ShippingTerms("By air mail", 1290, None, None), currency=CURRENCY)
