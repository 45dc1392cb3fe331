"""Questions about parcels, and about what has to be packed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from shop.blueprints.catalog.models import Variant
from shop.blueprints.orders.models import LINE_TO_BE_SENT, Order, OrderLine
from shop.blueprints.orders.queries import waits_to_be_sent
from shop.blueprints.shipments.models import Shipment
from shop.core.errors import or_404
from shop.core.mail.mailboxes import normal_address
from shop.core.web.pagination import Page, beyond, decode_cursor
from shop.plugins.api import db

SLIPS_AT_ONCE = 100
SHOWN_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Pick:
    """How many items of one thing have to be taken from where. `missing`: sold, and not there yet."""

    variant_id: int | None
    title: str
    variant_title: str
    sku: str
    shelf: str
    pieces: int
    orders: int
    missing: int


def pick_list() -> list[Pick]:
    """What all orders that are to be sent need, summed by variant, in the order of the shelves."""
    return [_pick(*row) for row in db.session.execute(picks())]


def picks() -> Select[*tuple[Any, ...]]:
    """What `pick_list` asks: of the lines of all orders it reads those alone of which something is to be sent."""
    outstanding = OrderLine.quantity - OrderLine.shipped_quantity - OrderLine.called_off_quantity
    shelf = func.coalesce(Variant.shelf, "")
    on_hand = func.min(Variant.stock_on_hand)
    return (
        select(
            OrderLine.variant_id,
            func.min(OrderLine.title),
            func.min(OrderLine.variant_title),
            OrderLine.sku,
            shelf,
            func.sum(outstanding),
            func.count(func.distinct(OrderLine.order_id)),
            on_hand,
        )
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(Variant, Variant.id == OrderLine.variant_id)
        .where(waits_to_be_sent(), LINE_TO_BE_SENT)
        .group_by(OrderLine.variant_id, OrderLine.sku, shelf)
        .order_by(shelf, OrderLine.sku, func.min(OrderLine.title), OrderLine.variant_id)
    )


def _pick(
    variant_id: int | None,
    title: str,
    variant_title: str,
    sku: str,
    shelf: str,
    pieces: int,
    orders: int,
    on_hand: int | None,
) -> Pick:
    # What was sold beyond the stock has taken the number on hand below zero.
    missing = min(int(pieces), max(0, -(on_hand or 0)))
    return Pick(variant_id, title, variant_title, sku, shelf, int(pieces), orders, missing)


def orders_to_pack(ids: Sequence[int] | None = None) -> Sequence[Order]:
    """Just these orders, or those that have waited longest; what is shipped only, no more than fit one print."""
    query = select(Order).where(
        Order.lines.any(OrderLine.is_digital.is_(False)), Order.address.is_not(None)
    )
    chosen = waits_to_be_sent() if ids is None else Order.id.in_(ids)
    query = query.where(chosen).order_by(Order.to_send_since, Order.id).limit(SLIPS_AT_ONCE)
    return db.session.scalars(query).all()


def orders_waiting(after: str | None = None) -> Page[Order]:
    """The orders that are to be sent, the longest waiting first.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    columns: list[InstrumentedAttribute[Any]] = [Order.to_send_since, Order.id]
    query = select(Order).where(waits_to_be_sent())
    if after:
        query = query.where(
            beyond(columns, decode_cursor(after, [datetime, int]), descending=False)
        )
    rows = db.session.scalars(query.order_by(*columns).limit(SHOWN_AT_ONCE + 1)).all()
    return Page.of(rows, SHOWN_AT_ONCE, lambda order: [order.to_send_since, order.id])


def only_waiting(ids: Sequence[int]) -> list[int]:
    """Those of these orders that are to be sent, in the same order."""
    waiting = set(db.session.scalars(select(Order.id).where(Order.id.in_(ids), waits_to_be_sent())))
    return [each for each in ids if each in waiting]


def shipments_of(order_id: int) -> Sequence[Shipment]:
    """The parcels of an order, in the order in which they left."""
    query = select(Shipment).where(Shipment.order_id == order_id).options(joinedload(Shipment.by))
    return db.session.scalars(query.order_by(Shipment.id)).all()


def shipments_to(email: str) -> Sequence[Shipment]:
    """Every parcel of what was ordered with an address."""
    query = select(Shipment).join(Order).where(Order.email == normal_address(email))
    return db.session.scalars(query.order_by(Shipment.id)).all()


def shipment_of_key(order_id: int, key: str) -> Shipment | None:
    """What became of a page's button, pressed before."""
    return db.session.scalar(select(Shipment).where(Shipment.page_key == f"{order_id}-{key}"))


def shipment(shipment_id: int) -> Shipment:
    """One parcel.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Shipment, shipment_id))
