"""Plants what is sold: guides with their files and stock, and some past orders."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shop.blueprints.accounts.models import Account
from shop.blueprints.catalog import services as catalog
from shop.blueprints.catalog.files import uploads
from shop.blueprints.catalog.models import Product, Variant
from shop.blueprints.catalog.services import ProductText, VariantTerms
from shop.core import clock
from shop.demo import reading
from shop.extensions import db
from shop.plugins import registry

if TYPE_CHECKING:
    from shop.blueprints.orders.models import Order

_AUTHORS = {"the-repair-notebook": "Ines Marlow", "the-money-hour": "Samir Haddad"}
_SENT_BEFORE = {"TABLE-BAND": 2}
"""Items that the past orders take, so that the stock left is the one that the content names."""


def print_papers() -> dict[str, bytes]:
    """The guides that are files, as PDF, by the path of their source. Takes a second or two."""
    from shop.demo import papers  # sets type: too heavy to load where nothing is printed

    printed = {}
    for row in reading.table("products"):
        for file in row.get("files", ()):
            printed[file["source"]] = papers.build_pdf(
                reading.CONTENT / file["source"],
                title=row["title"],
                subtitle=row["subtitle"],
                author=_AUTHORS[row["slug"]],
            )
    return printed


def plant(printed: dict[str, bytes]) -> list[Product]:
    """Every guide, on sale."""
    return [_product(row, printed) for row in reading.table("products")]


def _product(row: dict[str, Any], printed: dict[str, bytes]) -> Product:
    product = catalog.write_product(
        ProductText(
            title=row["title"],
            slug=row["slug"],
            subtitle=row["subtitle"],
            summary=row["summary"],
            description=row["description"].strip(),
            currency=row["currency"],
            cover_pattern=row["cover"]["pattern"],
            cover_tones=tuple(row["cover"]["tones"]),
            featured=row["featured"],
            tags=row["tags"],
        ),
        import_key=f"demo:product:{row['slug']}",
    )
    for terms in row["variants"]:
        _variant(product, terms, is_digital=row["kind"] == "digital")
    for file in row.get("files", ()):
        uploads.attach(
            product,
            uploads.take_in(printed[file["source"]], name=file["name"]),
            name=file["name"],
            version=file["version"],
        )
    catalog.put_on_shelf(product)
    return product


def _variant(product: Product, row: dict[str, Any], *, is_digital: bool) -> None:
    terms = VariantTerms(
        title=row["title"],
        sku=row["sku"],
        price_minor=row["price"],
        compare_at_minor=row.get("compare_at"),
        is_digital=is_digital,
        low_stock_at=row.get("low_stock_at", 3),
        weight_grams=row.get("weight_grams", 0),
    )
    variant = catalog.write_variant(product, terms)
    if "stock" in row:
        count = row["stock"] + _SENT_BEFORE.get(row["sku"], 0)
        catalog.set_stock(variant, count, reason="First delivery")


def plant_orders(products: list[Product], buyer: Account) -> int:
    """A download and a gift that has still to be sent, and a parcel sent six weeks ago; how many orders there are."""
    by_sku = {variant.sku: variant for product in products for variant in product.variants}
    _order(by_sku["REPAIR-PDF"], buyer, days_ago=12.2)
    gift = "Happy birthday, Nora!\nMay many sit around your table."
    _order(by_sku["TABLE-BAND"], buyer, days_ago=10.4, posted_to="14 Cable Street", gift_note=gift)
    _send(_order(by_sku["TABLE-BAND"], buyer, days_ago=41.5, posted_to="2 Ropewalk"))
    return 3


def _order(
    variant: Variant,
    buyer: Account,
    *,
    days_ago: float,
    posted_to: str = "",
    gift_note: str = "",
) -> Order:
    from shop.blueprints.orders import services as orders
    from shop.blueprints.orders.drafts import LineDraft, OrderDraft
    from shop.demo.till import pay

    at = clock.now() - timedelta(days=days_ago)
    line = LineDraft(
        variant_id=variant.id,
        product_id=variant.product_id,
        title=variant.product.title,
        variant_title=variant.title,
        sku=variant.sku,
        unit_price_minor=variant.price_minor,
        quantity=1,
        is_digital=variant.is_digital,
    )
    address = {
        "name": buyer.name,
        "line1": posted_to,
        "line2": "",
        "postcode": "T12 AB34",
        "city": "Cork",
        "country": "IE",
    }
    order = orders.place_order(
        OrderDraft(
            email=buyer.email,
            name=buyer.name,
            account_id=buyer.id,
            currency=variant.product.currency,
            lines=[line],
            shipping_minor=0,
            tax_minor=0,
            address=address if posted_to else None,
            note="",
            is_gift=bool(gift_note),
            gift_note=gift_note,
            reserved_until=clock.now() + timedelta(minutes=30),
        )
    )
    payment = pay(order)
    db.session.refresh(order)
    order.placed_at = payment.started_at = at
    order.paid_at = payment.settled_at = at + timedelta(minutes=2)
    order.to_send_since = order.paid_at if posted_to else None
    for step in order.transitions:
        step.at = at
    return order


def _send(order: Order) -> None:
    """Post all of an order on the day after it was placed, if the feature shipments is on."""
    if not registry().has("shipments"):
        return
    from shop.blueprints.shipments import services as shipments

    pieces = {line.id: line.quantity for line in order.lines}
    parcel = shipments.send_parcel(order, pieces, carrier="Royal Mail", code="RM123456785GB")
    parcel.sent_at = order.placed_at + timedelta(days=1)
    db.session.refresh(order)
    order.transitions[-1].at = parcel.sent_at
