"""Counting a day's sales again from the orders. Each statement reads that day alone, by an index."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute

from shop.blueprints.articles.models import Article
from shop.blueprints.orders.models import Order, OrderLine
from shop.blueprints.payments.refunds.models import Refund
from shop.blueprints.payments.states import RefundState
from shop.blueprints.sales.models import GuideDay, LeadDay, SalesDay, TaxDay
from shop.core import clock
from shop.core.database import upsert
from shop.plugins.api import db

COUNTED = (
    "orders",
    "revenue_minor",
    "discount_minor",
    "shipping_minor",
    "tax_minor",
    "refunds",
    "refunded_minor",
    "orders_from_articles",
)
LINE_MINOR = OrderLine.unit_price_minor * OrderLine.quantity - OrderLine.discount_minor


def count_day(day: date) -> None:
    """Write a day's sums again. Only inside a unit of work; asked again, the same is written."""
    for table in (SalesDay, GuideDay, TaxDay, LeadDay):
        db.session.execute(
            delete(table).where(table.day == day).execution_options(synchronize_session=False)
        )
    _write(SalesDay, _sums(day))
    _write(GuideDay, _guides(day))
    _write(TaxDay, _taxes(day))
    _write(LeadDay, _leads(day))


def _write(table: type[Any], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    # Whoever counts the same day at the same time may have written these rows since they were deleted.
    # In one order for everyone, so that neither waits for the other's.
    keys = [column.name for column in table.__table__.primary_key]
    rows.sort(key=lambda row: [row[name] for name in keys])
    written = upsert(table)
    counted = {name: written.excluded[name] for name in rows[0] if name not in keys}
    db.session.execute(written.on_conflict_do_update(index_elements=keys, set_=counted), rows)


def on_day(column: InstrumentedAttribute[Any], day: date) -> ColumnElement[bool]:
    """Whether a moment is of a day in UTC."""
    begins = datetime.combine(day, time(), UTC)
    return (column >= begins) & (column < begins + timedelta(days=1))


def paid_on(day: date) -> Select[str, int, int, int, int, int]:
    """The sums of what was paid on a day, by currency."""
    return (
        select(
            Order.currency,
            func.count(),
            func.sum(Order.total_minor),
            func.sum(Order.discount_minor),
            func.sum(Order.shipping_minor),
            func.sum(Order.tax_minor),
        )
        .where(on_day(Order.paid_at, day))
        .group_by(Order.currency)
    )


def _sums(day: date) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = defaultdict(lambda: dict.fromkeys(COUNTED, 0))
    for currency, orders, revenue, discount, shipping, tax in db.session.execute(paid_on(day)):
        rows[currency] |= {
            "orders": orders,
            "revenue_minor": int(revenue),
            "discount_minor": int(discount),
            "shipping_minor": int(shipping),
            "tax_minor": int(tax),
        }
    for currency, refunds, amount in db.session.execute(
        select(Refund.currency, func.count(), func.sum(Refund.amount_minor))
        .where(
            on_day(Refund.settled_at, day),
            Refund.state == RefundState.DONE,
            Refund.is_owed.is_(False),
        )
        .group_by(Refund.currency)
    ):
        rows[currency] |= {"refunds": refunds, "refunded_minor": int(amount)}
    for currency, orders in db.session.execute(
        _led(day, Order.currency, func.count(OrderLine.order_id.distinct())).group_by(
            Order.currency
        )
    ):
        rows[currency] |= {"orders_from_articles": orders}
    now = clock.now()
    return [
        {"day": day, "currency": currency, "counted_at": now, **row}
        for currency, row in rows.items()
    ]


def _led(day: date, *columns: Any) -> Select[Any]:
    """Lines paid on a day to which an article led: one of ours, whatever was written into the link."""
    return (
        select(*columns)
        .select_from(OrderLine)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Article, (Article.slug == OrderLine.came_from) & (Article.kind == "article"))
        .where(on_day(Order.paid_at, day), OrderLine.came_from != "")
    )


def _leads(day: date) -> list[dict[str, Any]]:
    query = _led(
        day,
        Order.currency,
        OrderLine.came_from,
        func.count(OrderLine.order_id.distinct()),
        func.sum(LINE_MINOR),
    ).group_by(Order.currency, OrderLine.came_from)
    return [
        {
            "day": day,
            "currency": currency,
            "article": article,
            "orders": orders,
            "revenue_minor": int(revenue),
        }
        for currency, article, orders, revenue in db.session.execute(query)
    ]


def _guides(day: date) -> list[dict[str, Any]]:
    query = (
        select(
            Order.currency,
            OrderLine.product_id,
            func.max(OrderLine.title),
            func.sum(OrderLine.quantity),
            func.sum(LINE_MINOR),
        )
        .join(Order, Order.id == OrderLine.order_id)
        .where(on_day(Order.paid_at, day), OrderLine.product_id.is_not(None))
        .group_by(Order.currency, OrderLine.product_id)
    )
    return [
        {
            "day": day,
            "currency": currency,
            "product_id": product_id,
            "title": title,
            "pieces": int(pieces),
            "revenue_minor": int(revenue),
        }
        for currency, product_id, title, pieces, revenue in db.session.execute(query)
    ]


def _taxes(day: date) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str, str, int], list[int]] = defaultdict(lambda: [0, 0])
    query = select(Order.currency, Order.tax_country, Order.tax_breakdown).where(
        on_day(Order.paid_at, day), Order.tax_minor > 0
    )
    for currency, country, breakdown in db.session.execute(query):
        for row in breakdown:
            key = (currency, country, str(row["label"])[:80], int(row["rate"]))
            sums[key][0] += int(row["base_minor"])
            sums[key][1] += int(row["tax_minor"])
    return [
        {
            "day": day,
            "currency": currency,
            "country": country,
            "label": label,
            "rate": rate,
            "base_minor": base,
            "tax_minor": tax,
        }
        for (currency, country, label, rate), (base, tax) in sums.items()
    ]


def first_day() -> date | None:
    """The day of the first payment."""
    first = db.session.scalar(select(func.min(Order.paid_at)))
    return first.date() if first else None
