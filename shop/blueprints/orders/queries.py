"""Questions about orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import joinedload

from shop.blueprints.orders.models import (
    Order,
    OrderLine,
    OrderMail,
    OrderNote,
    OrderTransition,
)
from shop.blueprints.orders.states import (
    PAID_STATES,
    DisputeStanding,
    OrderState,
    RefundStanding,
)
from shop.core.errors import or_404
from shop.core.mail.mailboxes import normal_address
from shop.core.mail.models import Mail
from shop.core.web.pagination import Page, newest_first
from shop.plugins.api import db

AT_ONCE = 200
_LONG_AGO = datetime(
    1970, 1, 1, tzinfo=UTC
)  # a range, so that SQLite counts by the index, not over the whole table


def order_or_404(token: str) -> Order:
    """The order behind an address.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.scalar(select(Order).where(Order.opened_by(token))))


def order_by_id_or_404(order_id: int) -> Order:
    """One order, for staff.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Order, order_id))


def order_by_number(number: str) -> Order | None:
    """The order of a number."""
    return db.session.scalar(select(Order).where(Order.number == number))


def products_bought(email: str) -> frozenset[int]:
    """The products that a buyer has paid for, without those of orders that were refunded in full."""
    bought = (
        select(OrderLine.product_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Order.email == email,
            Order.state.in_(PAID_STATES),
            Order.refund_state != RefundStanding.REFUNDED,
            OrderLine.product_id.is_not(None),
        )
    )
    return frozenset(filter(None, db.session.scalars(bought)))


def read_again(order_id: int) -> Order:
    """An order as it is now, whatever this session remembers."""
    return db.session.get_one(Order, order_id, populate_existing=True)


def lock(order_id: int) -> Order:
    """An order as it is now, which nobody else can change before this unit of work ends."""
    return db.session.get_one(Order, order_id, populate_existing=True, with_for_update=True)


def was_cancelled_by_staff(order_id: int) -> bool:
    """Whether a member of staff gave an order up, when it was given up last."""
    query = select(OrderTransition.by_id).where(
        OrderTransition.order_id == order_id, OrderTransition.to_state == OrderState.CANCELLED
    )
    return db.session.scalar(query.order_by(OrderTransition.id.desc()).limit(1)) is not None


def reached_at(order_id: int, state: OrderState) -> datetime | None:
    """When an order came to a state for the first time (UTC)."""
    query = select(OrderTransition.at).where(
        OrderTransition.order_id == order_id, OrderTransition.to_state == state
    )
    return db.session.scalar(query.order_by(OrderTransition.id).limit(1))


def expired_orders(now: datetime) -> list[tuple[int, datetime]]:
    """Orders that wait for money though their reservation has ended: id and when it ended, oldest first."""
    rows = db.session.execute(
        select(Order.id, Order.reserved_until)
        .where(Order.state == OrderState.AWAITING_PAYMENT, Order.reserved_until < now)
        .order_by(Order.reserved_until)
        .limit(AT_ONCE)
    ).all()
    return [(order_id, until) for order_id, until in rows if until is not None]


def orders_of_email(email: str) -> list[Order]:
    """Everything ordered with an address, newest first."""
    query = select(Order).where(Order.email == normal_address(email)).order_by(Order.id.desc())
    return list(db.session.scalars(query))


def paid_orders_of_email(email: str, limit: int) -> list[Order]:
    """The last paid orders of an address."""
    query = select(Order).where(Order.email == normal_address(email), Order.state.in_(PAID_STATES))
    return list(db.session.scalars(query.order_by(Order.id.desc()).limit(limit)))


def orders_of_account(account_id: int, *, after: str | None = None, limit: int = 20) -> Page[Order]:
    """A person's orders, newest first; attempts that came to nothing are left out."""
    query = select(Order).where(Order.account_id == account_id, Order.state != OrderState.CANCELLED)
    return newest_first(query, Order.id, after=after, size=limit)


def addresses_of(account_id: int, limit: int = 4) -> list[dict[str, Any]]:
    """Where a person's parcels went, each address once, the last one first; as `Order.address` has them."""
    query = select(Order.address).where(
        Order.account_id == account_id, Order.state.in_(PAID_STATES), Order.address.is_not(None)
    )
    found: list[dict[str, Any]] = []
    for address in db.session.scalars(query.order_by(Order.id.desc()).limit(AT_ONCE)):
        if address and address not in found:
            found.append(address)
    return found[:limit]


def waits_to_be_sent() -> ColumnElement[bool]:
    """Something of it has to be shipped, and nothing forbids it."""
    return and_(Order.to_send_since > _LONG_AGO, Order.dispute_state != DisputeStanding.DISPUTED)


def to_send_count() -> int:
    """How many orders someone has to pack."""
    return db.session.scalar(to_send_query()) or 0


def to_send_query() -> Select[int]:
    """The same, to be asked together with others."""
    return select(func.count()).select_from(Order).where(waits_to_be_sent())


def existing_ids(ids: Sequence[int]) -> list[int]:
    """Those of these ids that orders have."""
    possible = [each for each in ids if 0 < each < 2**53]
    return list(
        db.session.scalars(select(Order.id).where(Order.id.in_(possible)).order_by(Order.id))
    )


def notes_of(order_id: int, *, to_buyer: bool | None = None) -> Sequence[OrderNote]:
    """What staff wrote about an order, in the order of writing."""
    query = select(OrderNote).where(OrderNote.order_id == order_id)
    query = query.options(joinedload(OrderNote.by)).order_by(OrderNote.id)
    if to_buyer is not None:
        query = query.where(OrderNote.to_buyer.is_(to_buyer))
    return db.session.scalars(query).all()


def mails_of(order: Order) -> list[Mail]:
    """What was written to people about an order."""
    query = select(Mail).join(OrderMail, OrderMail.mail_id == Mail.id)
    return list(db.session.scalars(query.where(OrderMail.order_id == order.id).order_by(Mail.id)))
