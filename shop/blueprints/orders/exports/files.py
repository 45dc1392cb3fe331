"""Orders for a bookkeeper's program: CSV and JSON, made while they are sent, so that any number fits into memory.

A text that a buyer wrote must not become a formula where the file is opened (OWASP, CSV Injection): a cell that could
be one begins with an apostrophe. Amounts are decimal numbers with a point; moments are ISO 8601 in UTC.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Select, select, tuple_

from shop.blueprints.orders.models import Order, OrderLine
from shop.core.money import to_decimal
from shop.plugins.api import OrderView, db
from shop.plugins.fields.custom_fields import fields_as_data

AT_ONCE: Final = 500
FORMATS: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
BEGINS_A_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠")
BYTE_ORDER_MARK: Final = "\ufeff"
COLUMNS: Final = (
    "number", "placed", "paid", "state", "name", "email", "country", "tax_number", "currency",
    "subtotal", "discount", "discount_label", "shipping", "tax", "tax_included", "total",
    "refunded", "tax_country", "taxes", "lines", "fields",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders: placed from one day to another (both included, in UTC), in one state."""

    since: date | None = None
    until: date | None = None
    state: str = ""

    def query(self) -> Select[Order]:
        """The orders, oldest first."""
        query = select(Order)
        if self.since:
            query = query.where(Order.placed_at >= _midnight(self.since))
        if self.until:
            query = query.where(Order.placed_at < _midnight(self.until) + timedelta(days=1))
        if self.state:
            query = query.where(Order.state == self.state)
        return query.order_by(Order.placed_at, Order.id)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def as_csv(wanted: Wanted) -> Iterator[str]:
    """The orders as CSV (RFC 4180), a part at a time."""
    yield _csv_row(COLUMNS)
    for order in _orders(wanted):
        row = _row(order)
        row["taxes"] = "; ".join(
            f"{tax['label']} {tax['rate']}% on {tax['base']}: {tax['tax']}" for tax in row["taxes"]
        )
        row["fields"] = "; ".join(
            f"{label}: {text}" for group in row["fields"].values() for label, text in group.items()
        )
        row["lines"] = "; ".join(_line_text(line) for line in row["lines"])
        yield _csv_row([_cell(row[name]) for name in COLUMNS])


def as_json(wanted: Wanted) -> Iterator[str]:
    """The orders as one JSON list, a line each, a part at a time."""
    yield "["
    for index, order in enumerate(_orders(wanted)):
        yield (",\n" if index else "\n") + json.dumps(_row(order), ensure_ascii=False)
    yield "\n]\n"


def _orders(wanted: Wanted) -> Iterator[Order]:
    """Some at a time, each portion in a transaction of its own, so that no reader holds the database up."""
    query = wanted.query().limit(AT_ONCE)
    last: tuple[datetime, int] | None = None
    while True:
        portion = query if last is None else query.where(_beyond(last))
        orders = list(db.session.scalars(portion))
        if orders:
            last = (orders[-1].placed_at, orders[-1].id)
        yield from orders
        db.session.rollback()
        db.session.expunge_all()
        if len(orders) < AT_ONCE:
            return


def _beyond(last: tuple[datetime, int]) -> Any:
    return tuple_(Order.placed_at, Order.id) > tuple_(*last)


def _row(order: Order) -> dict[str, Any]:
    def amount(minor: int) -> str:
        return str(to_decimal(minor, order.currency))

    return {
        "number": order.number,
        "placed": _moment(order.placed_at),
        "paid": _moment(order.paid_at),
        "state": " ".join(str(each) for each in order.standings),
        "name": order.name,
        "email": order.email,
        "country": (order.address or {}).get("country", ""),
        "tax_number": order.tax_number,
        "currency": order.currency,
        "subtotal": amount(order.subtotal_minor),
        "discount": amount(order.discount_minor),
        "discount_label": order.discount_label,
        "shipping": amount(order.shipping_minor),
        "tax": amount(order.tax_minor),
        "tax_included": order.prices_include_tax,
        "total": amount(order.total_minor),
        "refunded": amount(order.refunded_minor),
        "tax_country": order.tax_country,
        "taxes": [
            {
                "label": row["label"],
                "rate": f"{row['rate'] / 1000:g}",
                "base": amount(row["base_minor"]),
                "tax": amount(row["tax_minor"]),
            }
            for row in order.tax_breakdown
        ],
        "lines": [_line(line, amount(line.unit_price_minor)) for line in order.lines],
        "fields": fields_as_data(OrderView, order.id),
    }


def _line(line: OrderLine, price: str) -> dict[str, Any]:
    return {
        "title": line.title,
        "edition": line.variant_title,
        "sku": line.sku,
        "quantity": line.quantity,
        "price": price,
        "refunded_quantity": line.refunding_quantity,
    }


def _line_text(line: Mapping[str, Any]) -> str:
    name = " ".join(filter(None, [line["title"], line["edition"], line["sku"]]))
    return f"{line['quantity']} × {name} at {line['price']}"


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _cell(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.lstrip(" ")[:1] in BEGINS_A_FORMULA and text else text


def _csv_row(cells: Any) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
