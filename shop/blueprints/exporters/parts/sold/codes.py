"""Discount codes, with the orders that used them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from shop.blueprints.discounts.models import DiscountCode, DiscountUse
from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.archive import Archive
from shop.blueprints.exporters.format.keys import key_of
from shop.blueprints.orders.models import Order
from shop.plugins.api import db, row_values, rows_in_batches


def write_codes(archive: Archive) -> int:
    """Write every code; how many there were."""
    found = rows_in_batches(select(DiscountCode), DiscountCode.id)
    return archive.add_lines(layout.CODES, map(_as_json, found))


def _as_json(code: DiscountCode) -> dict[str, Any]:
    products = [key_of("product", each.id, each.import_key) for each in code.products]
    return {**row_values(code), "products": products, "used_by": _uses(code.id)}


def _uses(code_id: int) -> list[dict[str, Any]]:
    """By whose order, and whether the buyer may use it once more."""
    found = db.session.execute(
        select(DiscountUse, Order.id, Order.import_key)
        .join(Order, Order.id == DiscountUse.order_id)
        .where(DiscountUse.code_id == code_id)
        .order_by(DiscountUse.order_id)
    )
    return [
        {
            "order": key_of("order", order_id, import_key),
            "is_only_one": use.customer_key is not None,
            **row_values(use, leaving_out=("customer_key",)),
        }
        for use, order_id, import_key in found
    ]
