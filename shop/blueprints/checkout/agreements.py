"""What buyers agree to when they pay: immediate delivery of downloads, and the pages that are linked beside Pay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.cart.basket import Basket
from shop.blueprints.checkout import queries
from shop.blueprints.checkout.settings import CheckoutSettings
from shop.core import settings
from shop.core.countries import RIGHT_OF_WITHDRAWAL, home_country
from shop.core.web.security import base_url
from shop.plugins.api import OrderView


def needs_consent(basket: Basket) -> bool:
    """Whether its buyer has to ask for immediate delivery: of downloads, by the law of the seller's country."""
    return (
        any(line.is_digital for line in basket.lines)
        and home_country() in RIGHT_OF_WITHDRAWAL
        and settings.current(CheckoutSettings).asks_consent
    )


def pages() -> list[tuple[str, str]]:
    """(label, whole address) of the owner's terms, returns and privacy notice, as far as the settings name them."""
    rules = settings.current(CheckoutSettings)
    named = (
        (_("Terms"), rules.terms_address),
        (_("Returns"), rules.returns_address),
        (_("Privacy"), rules.privacy_address),
    )
    return [(label, _whole(address)) for label, address in named if address.strip()]


def _whole(address: str) -> str:
    address = address.strip()
    return address if "://" in address else f"{base_url()}/{address.lstrip('/')}"


def of_order(order: OrderView) -> Mapping[str, Any] | None:
    """What the confirmation of an order repeats; None when nothing was agreed to and nothing is linked."""
    attempt = queries.attempt_of_order(order.id)
    consented_at = attempt.consented_at if attempt else None
    linked = pages()
    return {"consented_at": consented_at, "pages": linked} if consented_at or linked else None
