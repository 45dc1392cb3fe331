"""Questions about orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from shop.blueprints.accounts.queries import account_of
from shop.blueprints.orders import numbers
from shop.blueprints.orders.models import Order, OrderMail, OrderNote, Payment
from shop.blueprints.orders.states import (
    PAID_STATES,
    REGIONS,
    UNDECIDED,
    DisputeStanding,
    OrderState,
    PaymentState,
    RefundStanding,
    standing_named,
)
from shop.core.errors import NotFound, or_404
from shop.core.mail import Mail
from shop.core.pagination import Page, beyond, decode_cursor, newest_first
from shop.extensions import db

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
AT_ONCE = 200
_LONG_AGO = datetime(
    1970, 1, 1, tzinfo=UTC
)  # a range, so that SQLite counts by the index, not over the whole table


def order_or_404(token: str) -> Order:
    """The order behind an address.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.scalar(select(Order).where(Order.token == token)))


def order_by_id_or_404(order_id: int) -> Order:
    """One order, for staff.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Order, order_id))


def order_by_number(number: str) -> Order | None:
    """The order of a number."""
    return db.session.scalar(select(Order).where(Order.number == number))


def read_again(order_id: int) -> Order:
    """An order as it is now, whatever this session remembers."""
    return db.session.get_one(Order, order_id, populate_existing=True)


def lock(order_id: int) -> Order:
    """An order as it is now, which nobody else can change before this unit of work ends."""
    return db.session.get_one(Order, order_id, populate_existing=True, with_for_update=True)


def undecided_payments(order_id: int) -> list[int]:
    """Ids of an order's payments that may still become anything."""
    query = select(Payment.id).where(Payment.order_id == order_id, Payment.state.in_(UNDECIDED))
    return list(db.session.scalars(query.order_by(Payment.id)))


def payments_to_end(order_id: int) -> list[int]:
    """Ids of an order's payments that may still be open at their providers, though we gave some up with the order."""
    given_up = and_(
        Payment.state == PaymentState.EXPIRED,
        Payment.learned_from == "",
        Payment.reference.is_not(None),
    )
    query = select(Payment.id).where(
        Payment.order_id == order_id, or_(Payment.state.in_(UNDECIDED), given_up)
    )
    return list(db.session.scalars(query.order_by(Payment.id)))


def payments_to_ask(before: datetime, *, slowly: datetime) -> list[int]:
    """Ids of open payments that were started, and last asked about, before a moment; the longest unasked first.

    Those on which a bank is at work for days are asked about only when that was before `slowly`.
    """
    asked = func.coalesce(Payment.checked_at, Payment.started_at)
    query = select(Payment.id).where(
        Payment.state == PaymentState.OPEN,
        Payment.started_at < before,
        or_(asked < slowly, and_(asked < before, Payment.under_way_at.is_(None))),
    )
    return list(db.session.scalars(query.order_by(asked, Payment.id).limit(AT_ONCE)))


def is_bank_at_work(order_id: int) -> bool:
    """Whether a payment of the order is under way, which nobody can end any more."""
    query = select(Payment.id).where(
        Payment.order_id == order_id,
        Payment.state == PaymentState.OPEN,
        Payment.under_way_at.is_not(None),
    )
    return db.session.scalar(query.limit(1)) is not None


def payment_of(provider: str, reference: str) -> Payment | None:
    """The payment that a provider calls so."""
    return db.session.scalar(
        select(Payment).where(Payment.provider == provider, Payment.reference == reference)
    )


def declines_of(payment_id: int) -> int:
    """How many cards were refused on a payment."""
    return db.session.scalar(select(Payment.declines).where(Payment.id == payment_id)) or 0


def expired_orders(now: datetime) -> list[tuple[int, datetime]]:
    """Orders that wait for money though their reservation has ended: id and when it ended, oldest first."""
    rows = db.session.execute(
        select(Order.id, Order.reserved_until)
        .where(Order.state == OrderState.AWAITING_PAYMENT, Order.reserved_until < now)
        .order_by(Order.reserved_until)
        .limit(AT_ONCE)
    ).all()
    return [(order_id, until) for order_id, until in rows if until is not None]


def account_id_of_verified(email: str) -> int | None:
    """The account that has shown this address to be its own."""
    account = account_of(email)
    return account.id if account is not None and account.is_verified else None


def orders_of_email(email: str) -> list[Order]:
    """Everything ordered with an address, newest first."""
    query = select(Order).where(Order.email == email.lower()).order_by(Order.id.desc())
    return list(db.session.scalars(query))


def paid_orders_of_email(email: str, limit: int) -> list[Order]:
    """The last paid orders of an address."""
    query = select(Order).where(Order.email == email.lower(), Order.state.in_(PAID_STATES))
    return list(db.session.scalars(query.order_by(Order.id.desc()).limit(limit)))


def orders_of_account(account_id: int, *, after: str | None = None, limit: int = 20) -> Page[Order]:
    """A person's orders, newest first; attempts that came to nothing are left out."""
    query = select(Order).where(Order.account_id == account_id, Order.state != OrderState.CANCELLED)
    return newest_first(query, Order.id, after=after, size=limit)


def orders(*, show: str = "", search: str = "", after: str | None = None) -> Page[Order]:
    """All orders, newest first, or those that are to be sent, the longest waiting first.

    `search` is a whole number or a whole address, and what `show` may be is in `SHOWN`: each has an index, so that a
    page costs the same for ever.

    Raises:
        NotFound: nothing is shown under this name, or nobody here made this cursor.
    """
    query = select(Order).options(selectinload(Order.payments))
    columns: list[InstrumentedAttribute[Any]] = [Order.id]
    if show == TO_SEND:
        query = query.where(waits_to_be_sent())
        columns = [Order.to_send_since, Order.id]
    elif show:
        query = query.where(_standing(show))
    if search:
        typed = numbers.as_typed(search)
        query = query.where(or_(Order.number == typed, Order.email == search.strip().lower()))
    is_newest_first = show != TO_SEND
    if after:
        cursor = decode_cursor(after, [int] if is_newest_first else [datetime, int])
        query = query.where(beyond(columns, cursor, descending=is_newest_first))
    ordered = [column.desc() if is_newest_first else column.asc() for column in columns]
    rows = db.session.scalars(query.order_by(*ordered).limit(PAGE_SIZE + 1)).all()
    return Page.of(rows, PAGE_SIZE, lambda order: [getattr(order, each.key) for each in columns])


def _standing(name: str) -> ColumnElement[bool]:
    if name not in set(SHOWN):
        raise NotFound
    standing = standing_named(name)
    column: InstrumentedAttribute[str] = getattr(Order, REGIONS[type(standing)].column)
    return column == standing


def waits_to_be_sent() -> ColumnElement[bool]:
    """Something of it has to be posted, and nothing forbids it."""
    return and_(Order.to_send_since > _LONG_AGO, Order.dispute_state != DisputeStanding.DISPUTED)


def to_send_count() -> int:
    """How many orders somebody has to pack."""
    return db.session.scalar(select(func.count()).where(waits_to_be_sent())) or 0


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


def refunds_due() -> Sequence[Payment]:
    """Payments whose money has to go back, oldest first."""
    query = select(Payment).where(Payment.state == PaymentState.REFUND_DUE)
    return db.session.scalars(query.order_by(Payment.started_at).limit(AT_ONCE)).all()


def mails_of(order: Order) -> list[Mail]:
    """What was written to people about an order."""
    query = select(Mail).join(OrderMail, OrderMail.mail_id == Mail.id)
    return list(db.session.scalars(query.where(OrderMail.order_id == order.id).order_by(Mail.id)))
