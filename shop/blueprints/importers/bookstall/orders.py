"""Orders of an export: history, as all orders that were placed elsewhere."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, TypeVar

from shop.blueprints.catalog.queries import imported_product
from shop.blueprints.exporters import layout, rows
from shop.blueprints.exporters.keys import is_of_this_site
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.importers.row_guard import one_row
from shop.blueprints.orders import history
from shop.blueprints.orders.models import Order, OrderLine, OrderNote, OrderTransition
from shop.plugins.api import ImportReport, Model, OrderView, Refused, db
from shop.plugins.custom_fields import bring_in_fields

R = TypeVar("R", bound=Model)
LONGEST_LINE = 2_000_000
MOST_OF_TABLE = 1_000_000_000


def bring_in_orders(bundle: Bundle, report: ImportReport) -> None:
    """Store every order with its lines, its history and what staff wrote about it."""
    if layout.ORDERS not in bundle.names:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / layout.ORDERS
        bundle.copy_to(layout.ORDERS, path, most=MOST_OF_TABLE)
        with path.open(encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(iter(lambda: lines.readline(LONGEST_LINE), ""), start=1):
                with one_row(report, f"order in line {number}"):
                    _bring_in(line, report)


def _bring_in(line: str, report: ImportReport) -> None:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise Refused("it is not JSON") from None
    if not isinstance(said, dict) or not isinstance(said.get("key"), str):
        raise Refused("it has no key, so it could not be recognised in a second import")
    if is_of_this_site("order", said["key"], Order):
        report.accept(is_new=False)
        return
    order = Order(
        lines=[_line(each) for each in _list(said, "lines")],
        transitions=[_restored(OrderTransition(), each) for each in _list(said, "transitions")],
    )
    rows.set_values(order, said)
    is_new = history.keep_past_order(order, import_key=said["key"][:200], why="Imported")
    if is_new:
        notes = (OrderNote(order_id=order.id) for _ in _list(said, "notes"))
        db.session.add_all(map(_restored, notes, _list(said, "notes")))
        bring_in_fields(OrderView, order.id, said.get("fields"))
    report.accept(is_new=is_new)


def _line(said: dict[str, Any]) -> OrderLine:
    key = said.get("product")
    product = imported_product(key) if isinstance(key, str) else None
    if product is None:
        return _restored(OrderLine(), said)
    same = (each.id for each in product.variants if each.title == said.get("variant_title"))
    return _restored(OrderLine(product_id=product.id, variant_id=next(same, None)), said)


def _restored(row: R, said: dict[str, Any]) -> R:
    rows.set_values(row, said)
    return row


def _list(said: dict[str, Any], name: str) -> list[Any]:
    values = said.get(name)
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []
