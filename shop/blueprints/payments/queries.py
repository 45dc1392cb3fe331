"""Questions about payments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import selectinload

from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.states import UNDECIDED, UNSERVED, PaymentState
from shop.plugins.api import db

AT_ONCE = 200


def payments_of(order_id: int) -> Sequence[Payment]:
    """Every attempt to pay an order, the first one first."""
    query = select(Payment).where(Payment.order_id == order_id)
    return db.session.scalars(query.order_by(Payment.id)).all()


def payment_of(provider: str, reference: str) -> Payment | None:
    """The payment that a provider calls so."""
    return db.session.scalar(
        select(Payment).where(Payment.provider == provider, Payment.reference == reference)
    )


def payment_that_paid(order_id: int) -> Payment | None:
    """The payment that an order was served for."""
    return db.session.scalar(
        select(Payment)
        .where(Payment.order_id == order_id, Payment.state == PaymentState.PAID)
        .order_by(Payment.id)
        .limit(1)
        .execution_options(populate_existing=True)
    )


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


def payments_to_look_up(before: datetime, *, slowly: datetime) -> list[int]:
    """Ids of open payments that were started, and last looked up, before a moment; the longest ago first.

    Those that take days, because a bank is at work or the buyer pays later, are looked up only when that was before
    `slowly`.
    """
    asked = func.coalesce(Payment.checked_at, Payment.started_at)
    is_quick = and_(Payment.under_way_at.is_(None), Payment.pay_by.is_(None))
    query = select(Payment.id).where(
        Payment.state == PaymentState.OPEN,
        Payment.started_at < before,
        or_(asked < slowly, and_(asked < before, is_quick)),
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


def is_paid_later(order_id: int) -> bool:
    """Whether the buyer has chosen to pay the order later and elsewhere, such as by bank transfer."""
    query = select(Payment.id).where(
        Payment.order_id == order_id,
        Payment.state == PaymentState.OPEN,
        Payment.pay_by.is_not(None),
    )
    return db.session.scalar(query.limit(1)) is not None


def has_unserved_money(order_id: int) -> bool:
    """Whether money came for an order that went back, or will: the buyer was charged, and nothing is sent for it."""
    query = select(Payment.id).where(Payment.order_id == order_id, Payment.state.in_(UNSERVED))
    return db.session.scalar(query.limit(1)) is not None


def orders_with_money_due_back(order_ids: Iterable[int]) -> set[int]:
    """Those of some orders for which we hold money that has to go back, by id."""
    query = select(Payment.order_id).where(
        Payment.order_id.in_(order_ids), Payment.state == PaymentState.REFUND_DUE
    )
    return set(db.session.scalars(query))


def payments_due_back() -> Sequence[Payment]:
    """Payments whose money has to go back, oldest first."""
    query = select(Payment).where(Payment.state == PaymentState.REFUND_DUE)
    query = query.options(selectinload(Payment.order)).order_by(Payment.started_at).limit(AT_ONCE)
    return db.session.scalars(query).all()
