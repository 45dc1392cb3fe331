"""Things that are sold out, and people who wait for them."""

from __future__ import annotations

from itertools import count

from shop.blueprints.catalog.models import Product, ProductState, Variant
from shop.blueprints.stock_alerts.models import AlertState, StockAlert
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

_numbers = count(1)


def make_sold_out(slug: str = "the-notebook", *, editions: tuple[str, ...] = ("",)) -> Product:
    """A published product of which nothing is left; publishes no event."""
    product = Product(slug=slug, title="The Notebook", currency="EUR", state=ProductState.PUBLISHED)
    product.variants = [
        Variant(title=title, price_minor=1200, stock_on_hand=0, position=position)
        for position, title in enumerate(editions)
    ]
    with unit_of_work():
        db.session.add(product)
    return product


def make_alert(
    variant: Variant, email: str | None = None, state: AlertState = AlertState.WAITING
) -> StockAlert:
    """A stored alert; sends no mail and publishes no event."""
    variant_id = variant.id
    alert = StockAlert(
        variant_id=variant_id,
        email=email or f"reader{next(_numbers)}@example.org",
        state=state,
        sent_at=clock.now() if state == AlertState.SENT else None,
    )
    with unit_of_work():
        db.session.add(alert)
    return alert
