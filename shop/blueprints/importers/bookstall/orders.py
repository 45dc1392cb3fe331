"""Orders of an export: history, as all orders that were placed elsewhere."""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.catalog.queries import imported_product
from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.keys import is_of_this_site
from shop.blueprints.importers.bookstall import downloads
from shop.blueprints.importers.bookstall.lines import Said, bring_in_lines, text_of, values_in
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.orders import history
from shop.blueprints.orders.models import Order, OrderLine, OrderNote, OrderTransition
from shop.plugins import registry
from shop.plugins.api import ImportReport, Model, OrderView, Refused, db, set_row_values
from shop.plugins.fields.custom_fields import bring_in_fields

R = TypeVar("R", bound=Model)


def bring_in_orders(bundle: Bundle, report: ImportReport) -> None:
    """Store every order with its lines, its history, what staff wrote about it, and what its buyer may download."""
    bring_in_lines(bundle, layout.ORDERS, report, "order", partial(_bring_in, bundle, report))


def _bring_in(bundle: Bundle, report: ImportReport, said: Said) -> None:
    key = text_of(said, "key")
    if is_of_this_site("order", key, Order):
        report.accept(is_new=False)
        return
    lines = values_in(said, "lines")
    order = Order(
        lines=[_line(each) for each in lines],
        transitions=[_restored(OrderTransition(), each) for each in values_in(said, "transitions")],
    )
    set_row_values(order, said)
    is_new = history.keep_past_order(order, import_key=key[:200], why="Imported")
    if is_new:
        notes = (OrderNote(order_id=order.id) for _ in values_in(said, "notes"))
        db.session.add_all(map(_restored, notes, values_in(said, "notes")))
        bring_in_fields(OrderView, order.id, said.get("fields"))
        if registry().has("downloads"):
            for line, of_line in zip(order.lines, lines, strict=True):
                downloads.bring_in_downloads(line, of_line, bundle)
    report.accept(is_new=is_new)


def order_of_key(key: str) -> Order:
    """The order that an import brought under this key.

    Raises:
        Refused: there is none.
    """
    order = db.session.scalar(select(Order).where(Order.import_key == key[:200]))
    if order is None:
        raise Refused(_("its order is not here"))
    return order


def _line(said: dict[str, Any]) -> OrderLine:
    key = said.get("product")
    product = imported_product(key) if isinstance(key, str) else None
    if product is None:
        return _restored(OrderLine(), said)
    same = (each.id for each in product.variants if each.title == said.get("variant_title"))
    return _restored(OrderLine(product_id=product.id, variant_id=next(same, None)), said)


def _restored(row: R, said: dict[str, Any]) -> R:
    set_row_values(row, said)
    return row
