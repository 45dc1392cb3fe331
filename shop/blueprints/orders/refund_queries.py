"""Questions about money that goes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from shop.blueprints.orders.models import Payment
from shop.blueprints.orders.refund_models import Dispute, Refund, RefundLine
from shop.blueprints.orders.states import PaymentState, RefundState
from shop.core.errors import NotFound
from shop.extensions import db

AT_ONCE = 200
UNDECIDED = (RefundState.ASKED, RefundState.PENDING)


def payment_that_paid(order_id: int) -> Payment | None:
    """The payment that an order was served for."""
    return db.session.scalar(
        select(Payment)
        .where(Payment.order_id == order_id, Payment.state == PaymentState.PAID)
        .order_by(Payment.id)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def refund_or_404(order_id: int, refund_id: int) -> Refund:
    """A refund of an order.

    Raises:
        NotFound: the order has none of this id.
    """
    refund = db.session.get(Refund, refund_id)
    if refund is None or refund.order_id != order_id:
        raise NotFound
    return refund


def refund_of(provider: str, reference: str) -> Refund | None:
    """The refund that a provider calls so, as it is now."""
    return db.session.scalar(
        select(Refund)
        .where(Refund.provider == provider, Refund.reference == reference)
        .with_for_update(of=Refund)
        .execution_options(populate_existing=True)
    )


def refund_of_key(order_id: int, key: str) -> Refund | None:
    """What became of a page's button, pressed before."""
    return db.session.scalar(select(Refund).where(Refund.idempotency_key == f"{order_id}-{key}"))


def unnamed_refunds(payment_id: int) -> Sequence[Refund]:
    """Refunds of a payment for which the provider has not told us its name yet."""
    query = select(Refund).where(
        Refund.payment_id == payment_id,
        Refund.state == RefundState.ASKED,
        Refund.reference.is_(None),
    )
    return db.session.scalars(query.order_by(Refund.id)).all()


def refunds_of(order_id: int) -> Sequence[Refund]:
    """Everything that went back of an order, or should have."""
    query = select(Refund).where(Refund.order_id == order_id).options(joinedload(Refund.by))
    return db.session.scalars(query.order_by(Refund.id)).all()


def refunded_shipping(order_id: int) -> int:
    """How much of an order's shipping has gone back, or is about to."""
    found = db.session.scalar(
        select(func.sum(Refund.shipping_minor)).where(
            Refund.order_id == order_id, Refund.state != RefundState.FAILED
        )
    )
    return int(found or 0)


def gone_minor(payment_id: int) -> int:
    """What of a payment was refunded, or is about to be, or was taken by a bank: together it may be more than came."""
    refunded = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
        Refund.payment_id == payment_id, Refund.state != RefundState.FAILED
    )
    taken = select(func.coalesce(func.sum(Dispute.amount_minor), 0)).where(
        Dispute.payment_id == payment_id, Dispute.state == "lost"
    )
    return int(db.session.scalar(refunded) or 0) + int(db.session.scalar(taken) or 0)


def called_off(order_id: int) -> dict[int, int]:
    """Pieces by order line that will not be sent because just these were refunded, or are about to be."""
    rows = db.session.execute(
        select(RefundLine.order_line_id, func.sum(RefundLine.called_off))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(Refund.order_id == order_id, Refund.state != RefundState.FAILED)
        .group_by(RefundLine.order_line_id)
    )
    return {line_id: int(pieces) for line_id, pieces in rows}


def pending(*, before: datetime) -> list[int]:
    """Ids of refunds that a bank takes its time with, last asked about before a moment; the longest unasked first."""
    asked = func.coalesce(Refund.checked_at, Refund.asked_at)
    query = select(Refund.id).where(Refund.state == RefundState.PENDING, asked < before)
    return list(db.session.scalars(query.order_by(asked, Refund.id).limit(AT_ONCE)))


def unclear(*, before: datetime) -> Sequence[Refund]:
    """Refunds that were asked for before a moment and never answered."""
    query = select(Refund).where(Refund.state == RefundState.ASKED, Refund.asked_at < before)
    return db.session.scalars(query.order_by(Refund.asked_at).limit(AT_ONCE)).all()


def owes_money(order_id: int) -> bool:
    """Whether money of an order still has to reach its buyer, or a bank decides about it."""
    payments = select(Payment.id).where(
        Payment.order_id == order_id, Payment.state == PaymentState.REFUND_DUE
    )
    refunds = select(Refund.id).where(Refund.order_id == order_id, Refund.state.in_(UNDECIDED))
    disputes = select(Dispute.id).where(Dispute.order_id == order_id, Dispute.state == "open")
    return any(
        db.session.scalar(query.limit(1)) is not None for query in (payments, refunds, disputes)
    )


def dispute_of(provider: str, reference: str) -> Dispute | None:
    """The dispute that a provider calls so."""
    return db.session.scalar(
        select(Dispute).where(Dispute.provider == provider, Dispute.reference == reference)
    )


def disputes_of(order_id: int) -> Sequence[Dispute]:
    """Every quarrel about an order's money."""
    return db.session.scalars(
        select(Dispute).where(Dispute.order_id == order_id).order_by(Dispute.id)
    ).all()


def open_disputes() -> Sequence[Dispute]:
    """Disputes that can still be answered, the most urgent first."""
    query = select(Dispute).where(Dispute.state == "open").options(joinedload(Dispute.order))
    return db.session.scalars(
        query.order_by(Dispute.respond_by.is_(None), Dispute.respond_by).limit(AT_ONCE)
    ).all()


def disputes_to_ask() -> list[tuple[str, str]]:
    """Provider and reference of open disputes: of more than can be asked about at once, each has its chance."""
    rows = db.session.execute(
        select(Dispute.provider, Dispute.reference)
        .where(Dispute.state == "open")
        .order_by(func.random())
        .limit(AT_ONCE)
    )
    return [(provider, reference) for provider, reference in rows]
