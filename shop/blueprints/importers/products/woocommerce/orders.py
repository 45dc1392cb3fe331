"""Orders of a WooCommerce shop: the CSV file of "Order Export & Order Import", which has a row for each order.

They come in as history (`orders.history`): they were paid there. What was not paid there is left out. The columns
`line_item_1`, `line_item_2` ... hold parts such as `name:Mug|sku:M-1|quantity:2|total:15.00|sub_total:15.00`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask_babel import gettext as _

from shop.blueprints.catalog.queries import variant_of_sku
from shop.blueprints.importers.formats import files
from shop.blueprints.importers.formats.corrections import Corrections, table_map_option
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.products import prices, wares
from shop.blueprints.importers.row_guard import one_row
from shop.blueprints.orders import history
from shop.blueprints.orders.models import Order, OrderLine
from shop.blueprints.orders.states import OrderState, RefundStanding
from shop.core import site, text
from shop.core.mail.mailboxes import read_address
from shop.plugins import registry
from shop.plugins.api import ImportReport, Refused

LONGEST_CELL = 500_000
MOST_PIECES = 100_000
options = (wares.currency, table_map_option, files.max_mb)
_REQUIRED = ("order_id", "status", "order_total", "billing_email")
_STATES = {
    "completed": OrderState.FULFILLED,
    "refunded": OrderState.FULFILLED,
    "processing": OrderState.PAID,
    "cancelled": OrderState.CANCELLED,
}
_ITEM = re.compile(r"line_item_\d{1,4}")
_PART = re.compile(r"(?:^|\|)(name|product_id|sku|quantity|total|sub_total):")


def run(
    file: Path,
    report: ImportReport,
    *,
    currency: str | None,
    max_mb: int,
    mapping: Path | None = None,
) -> None:
    """Bring orders in.

    Raises:
        Refused: the file is no use as a whole, or orders are switched off.
    """
    if not registry().has("orders"):
        raise Refused(_("Orders are off, so they can’t be imported."))
    right = Corrections(mapping)
    for line, written in _rows(file, files.read_text(file, max_mb=max_mb)):
        row = right.put_right(line, written)
        with one_row(report, f"line {line}, order {row.get('order_id', '')[:20]}"):
            order = _order(row, row.get("order_currency") or currency or site.site().currency)
            is_new = history.keep_past_order(
                order,
                import_key=f"woocommerce:order:{row['order_id'][:40]}",
                why="Imported from WooCommerce",
            )
            report.accept(is_new=is_new)


def _rows(file: Path, content: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.DictReader(io.StringIO(content, newline=""), restval="", strict=True)
    missing = [name for name in _REQUIRED if name not in (reader.fieldnames or [])]
    if missing:
        raise Refused(
            _(
                "%(name)s is not a WooCommerce order export: it does not have the column %(missing)s.",
                name=file.name,
                missing=", ".join(missing),
            )
        )
    try:
        for row in reader:
            yield (
                reader.line_num,
                {name: value.strip() for name, value in row.items() if isinstance(value, str)},
            )
    except csv.Error as error:
        raise Refused(
            _(
                "%(name)s is damaged near line %(line)s: %(error)s.",
                name=file.name,
                line=reader.line_num,
                error=error,
            )
        ) from None


def _order(row: Mapping[str, str], currency: str) -> Order:
    state = _STATES.get(row["status"].removeprefix("wc-").casefold())
    if state is None:
        raise Refused(
            _(
                "it was %(value)s there, so it was not paid",
                value=row["status"][:30] or "without a status",
            )
        )
    email = read_address(row["billing_email"])
    if email is None:
        raise Refused(_("it has no email address of a buyer"))
    money = _Money(row, currency)
    placed_at = _moment(row, "order_date")
    lines = [_line(row[name], money) for name in row if _ITEM.fullmatch(name) and row[name]]
    discount, tax, shipping = (
        money.of("discount_total"),
        money.of("tax_total") + money.of("shipping_tax_total"),
        money.of("shipping_total") + money.of("fee_total"),
    )
    total = money.of("order_total")
    subtotal = sum(line.unit_price_minor * line.quantity for line in lines)
    # Prices there may hold the tax or not; the total says which.
    is_included = subtotal - discount + shipping == total
    return Order(
        number=(row.get("order_number") or row["order_id"])[:20],
        email=email,
        name=_name(row),
        currency=currency,
        state=state,
        refund_state=_refund_state(row),
        refunded_minor=total if _refund_state(row) is RefundStanding.REFUNDED else 0,
        placed_at=placed_at,
        paid_at=None if state is OrderState.CANCELLED else _moment(row, "paid_date", placed_at),
        address=_address(row),
        note=text.clean_block(row.get("customer_note", ""))[:2000],
        subtotal_minor=subtotal,
        discount_minor=discount,
        shipping_minor=shipping if is_included else total - tax - subtotal + discount,
        shipping_label=text.clean_line(row.get("shipping_method", ""))[:120],
        tax_minor=tax,
        prices_include_tax=is_included,
        total_minor=total,
        lines=lines,
    )


@dataclass(frozen=True, slots=True)
class _Money:
    """The amounts of a row, in minor units of its currency."""

    row: Mapping[str, str]
    currency: str

    def of(self, column: str) -> int:
        """The amount of a column; nothing where there is none."""
        return self.read(self.row.get(column, ""))

    def read(self, written: str) -> int:
        """An amount.

        Raises:
            Refused: it is none.
        """
        return prices.read_price(written, self.currency) if written else 0


def _line(written: str, money: _Money) -> OrderLine:
    parts = _PART.split(written)[1:]
    said = {name: value.strip() for name, value in zip(parts[::2], parts[1::2], strict=False)}
    quantity = said.get("quantity", "1")
    if not quantity.isdecimal() or not 0 < int(quantity[:9]) <= MOST_PIECES or not said.get("name"):
        raise Refused(
            _(
                "a line is not name, quantity and total: %(written)s",
                written=text.excerpt(written, 60),
            )
        )
    price = money.read(said.get("sub_total") or said.get("total", ""))
    variant = variant_of_sku(said["sku"]) if said.get("sku") else None
    pieces = int(quantity)
    # What does not divide evenly is one item at the price of all.
    is_even = price % pieces == 0
    name = text.excerpt(conversion.to_plain(said["name"]), 180)
    return OrderLine(
        title=name if is_even else f"{name} × {pieces}",
        sku=said.get("sku", "")[:80],
        quantity=pieces if is_even else 1,
        unit_price_minor=price // pieces if is_even else price,
        is_digital=variant.is_digital if variant else False,
        variant_id=variant.id if variant else None,
        product_id=variant.product_id if variant else None,
    )


def _refund_state(row: Mapping[str, str]) -> RefundStanding:
    is_back = row["status"].removeprefix("wc-").casefold() == "refunded"
    return RefundStanding.REFUNDED if is_back else RefundStanding.NONE


def _name(row: Mapping[str, str]) -> str:
    names = (row.get(f"billing_{part}_name", "") for part in ("first", "last"))
    return text.clean_line(" ".join(names))[:80]


def _address(row: Mapping[str, str]) -> dict[str, str] | None:
    """Where it was sent: the delivery address, or that of the bill."""
    kind = "shipping" if row.get("shipping_address_1") else "billing"
    if not row.get(f"{kind}_address_1"):
        return None
    names = (row.get(f"{kind}_{part}_name", "") for part in ("first", "last"))
    said = {
        "name": " ".join(names),
        "line1": row[f"{kind}_address_1"],
        "line2": row.get(f"{kind}_address_2", ""),
        "postcode": row.get(f"{kind}_postcode", ""),
        "city": row.get(f"{kind}_city", ""),
        "region": row.get(f"{kind}_state", ""),
        "country": row.get(f"{kind}_country", "")[:2].upper(),
    }
    return {name: text.clean_line(value)[:160] for name, value in said.items()}


def _moment(row: Mapping[str, str], column: str, otherwise: datetime | None = None) -> datetime:
    try:
        moment = datetime.fromisoformat(row.get(column, ""))
    except ValueError:
        if otherwise is None:
            raise Refused(_("its %(column)s is not a date", column=column)) from None
        return otherwise
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if not 1970 <= moment.year < 9000:
        raise Refused(_("its %(column)s is out of range", column=column))
    return moment
