"""The list of orders in the admin: which are shown, and in which order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from shop.blueprints.orders import numbers
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.queries import waits_to_be_sent
from shop.blueprints.orders.states import (
    REGIONS,
    DisputeStanding,
    OrderState,
    RefundStanding,
    standing_named,
)
from shop.core.mail.mailboxes import normal_address
from shop.core.web.pagination import Page, beyond, decode_cursor
from shop.plugins.api import NotFound, db
from shop.plugins.fields.custom_fields import orders_found_by

PAGE_SIZE = 50
TO_SEND = "to_send"
SHOWN = (
    TO_SEND,
    OrderState.AWAITING_PAYMENT,
    OrderState.PAID,
    OrderState.PARTLY_FULFILLED,
    OrderState.FULFILLED,
    OrderState.CANCELLED,
    RefundStanding.PARTLY_REFUNDED,
    RefundStanding.REFUNDED,
    DisputeStanding.DISPUTED,
    DisputeStanding.WON,
    DisputeStanding.LOST,
)


def orders(*, show: str = "", search: str = "", after: str | None = None) -> Page[Order]:
    """All orders, newest first, or those that are to be sent, the longest waiting first.

    `search` is a part of a number, of a name or of an address, or a field of a plugin; what `show` may be is in
    `SHOWN`: each has an index, so that a page costs the same forever.

    Raises:
        NotFound: nothing is shown under this name, or nobody here made this cursor.
    """
    query = select(Order)
    columns: list[InstrumentedAttribute[Any]] = [Order.id]
    if show == TO_SEND:
        query = query.where(waits_to_be_sent())
        columns = [Order.to_send_since, Order.id]
    elif show:
        query = query.where(_standing(show))
    if search:
        query = query.where(_has(search))
    is_newest_first = show != TO_SEND
    if after:
        cursor = decode_cursor(after, [int] if is_newest_first else [datetime, int])
        query = query.where(beyond(columns, cursor, descending=is_newest_first))
    ordered = [column.desc() if is_newest_first else column.asc() for column in columns]
    rows = db.session.scalars(query.order_by(*ordered).limit(PAGE_SIZE + 1)).all()
    return Page.of(rows, PAGE_SIZE, lambda order: [getattr(order, each.key) for each in columns])


def _has(search: str) -> ColumnElement[bool]:
    """A whole address is looked up; parts of it, of a name or of a number are read for."""
    whole = [
        Order.number == numbers.as_typed(search),
        Order.email == normal_address(search),
        Order.id.in_(orders_found_by(search)),
    ]
    _name, at, domain = search.partition("@")
    if at and "." in domain:
        return or_(*whole)
    return or_(
        *whole,
        Order.number.contains(search.upper(), autoescape=True),
        Order.email.contains(search.lower(), autoescape=True),
        func.lower(Order.name).contains(search.lower(), autoescape=True),
    )


def _standing(name: str) -> ColumnElement[bool]:
    if name not in set(SHOWN):
        raise NotFound
    standing = standing_named(name)
    column: InstrumentedAttribute[str] = getattr(Order, REGIONS[type(standing)].column)
    return column == standing
