"""What an order costs: worked out here and nowhere else, from what the server knows."""

from __future__ import annotations

from dataclasses import dataclass

from shop.blueprints.cart.queries import CartContents
from shop.blueprints.checkout.settings import CheckoutSettings
from shop.core import settings


@dataclass(frozen=True, slots=True)
class Totals:
    """Amounts in minor units. `tax_minor` is tax on top of the prices; prices that include it have none."""

    subtotal_minor: int
    shipping_minor: int
    tax_minor: int
    currency: str

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        return self.subtotal_minor + self.shipping_minor + self.tax_minor


def totals_of(contents: CartContents) -> Totals:
    """What the contents of a cart cost, sent by post where something has to be."""
    rules = settings.current(CheckoutSettings)
    subtotal = contents.subtotal_minor
    shipping = rules.shipping_flat_minor if contents.needs_address else 0
    if 0 < rules.shipping_free_from_minor <= subtotal:
        shipping = 0
    return Totals(subtotal, shipping, 0, contents.currency)
