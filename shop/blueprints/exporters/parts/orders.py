"""Orders with their lines, their history and what staff wrote about them: one JSON value a line."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from shop.blueprints.catalog.models import Product
from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.archive import Archive
from shop.blueprints.exporters.format.keys import key_of
from shop.blueprints.exporters.parts.sold import downloads
from shop.blueprints.orders.models import Order, OrderLine, OrderNote
from shop.plugins import registry
from shop.plugins.api import OrderView, db, row_values, rows_in_batches
from shop.plugins.fields.custom_fields import plain_fields


def write_orders(archive: Archive) -> int:
    """Write all orders, oldest first, and the files that their buyers may download; how many there were."""
    products = {row.id: row for row in db.session.execute(_PRODUCTS)}
    orders = rows_in_batches(select(Order), Order.id)
    count = archive.add_lines(layout.ORDERS, (_as_json(order, products) for order in orders))
    if registry().has("downloads"):
        downloads.write_files(archive)
    return count


_PRODUCTS = select(Product.id, Product.slug, Product.import_key)


def _as_json(order: Order, products: dict[int, Any]) -> dict[str, Any]:
    notes = db.session.scalars(
        select(OrderNote).where(OrderNote.order_id == order.id).order_by(OrderNote.id)
    )
    return {
        "key": key_of("order", order.id, order.import_key),
        **row_values(order),
        "lines": [_line(line, products) for line in order.lines],
        "transitions": [row_values(each) for each in order.transitions],
        "notes": [row_values(each) for each in notes],
        "fields": plain_fields(OrderView, order.id),
    }


def _line(line: OrderLine, products: dict[int, Any]) -> dict[str, Any]:
    product = products.get(line.product_id) if line.product_id else None
    said = row_values(line)
    if registry().has("downloads"):
        said |= downloads.grants_of_line(line)
    if product is not None:
        said["product"] = key_of("product", product.id, product.import_key)
    return said
