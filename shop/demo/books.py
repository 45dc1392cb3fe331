"""Plants what comes after a sale: who sells, a second printing for buyers of the first, and clicks from articles to
products."""

from __future__ import annotations

from datetime import timedelta

from shop.blueprints.accounts.models import Account
from shop.blueprints.catalog.files import uploads
from shop.blueprints.catalog.models import Product
from shop.core import clock, settings
from shop.core.files import storage
from shop.extensions import db
from shop.plugins import registry

_SELLER = {
    "seller_name": "Bookstall, Ines Marlow",
    "seller_address": "7 Ropewalk\nCork T12 AB34\nIreland",
    "seller_tax_number": "IE1234567T",
    "seller_contact": "owner@example.org",
}
_SECOND_PRINTING = (
    "Two misprints on the fourth evening are mended, and the last page is easier to write on."
)
_CLICKS = (("eight-keys-to-trust", 31), ("the-quiet-week", 12))


def plant(products: list[Product], buyer: Account) -> None:
    """The settings of invoices, a new version of the first guide, a stamped second one, and clicks of the last days."""
    if registry().has("invoices"):
        from shop.blueprints.invoices.settings import InvoiceSettings

        settings.change(InvoiceSettings, _SELLER)
    if registry().has("downloads"):
        _print_again(products, buyer)
    if registry().has("sales"):
        _come_from_articles(products[0])


def _print_again(products: list[Product], buyer: Account) -> None:
    from shop.blueprints.downloads import services
    from shop.blueprints.orders.queries import orders_of_email

    for order in orders_of_email(buyer.email):
        services.grant_missing(order)
    first, second = (product.files[0] for product in products if product.files)
    printed = storage.content_of(first.storage_key)
    uploads.replace(
        first,
        uploads.take_in(printed + b"\n% second printing\n", name=first.name),
        version="1.1",
        changes=_SECOND_PRINTING,
    )
    second.is_stamped = True


def _come_from_articles(product: Product) -> None:
    from shop.blueprints.sales.models import ClickDay

    today = clock.now().date()
    for days_ago in range(12):
        for article, most in _CLICKS:
            day = today - timedelta(days=days_ago)
            clicks = most - days_ago * most // 14
            db.session.add(ClickDay(day=day, article=article, product_id=product.id, clicks=clicks))
