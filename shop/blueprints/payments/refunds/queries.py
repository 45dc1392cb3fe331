"""Questions about money that goes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from shop.blueprints.payments.disputes.models import Dispute
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.refunds.models import KEY_LIVES, Refund, RefundLine
from shop.blueprints.payments.states import PaymentState, RefundState
from shop.core import clock
from shop.plugins.api import NotFound, db

AT_ONCE = 200
UNANSWERED = (RefundState.ASKED, RefundState.PENDING)


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
    """Items by order line that will not be sent because just these were refunded, or are about to be."""
    rows = db.session.execute(
        select(RefundLine.order_line_id, func.sum(RefundLine.called_off))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(Refund.order_id == order_id, Refund.state != RefundState.FAILED)
        .group_by(RefundLine.order_line_id)
    )
    return {line_id: int(pieces) for line_id, pieces in rows}


def pending(*, before: datetime) -> list[int]:
    """Ids of refunds that a bank needs more time with, last asked about before a moment; the longest unasked first."""
    asked = func.coalesce(Refund.checked_at, Refund.asked_at)
    query = select(Refund.id).where(Refund.state == RefundState.PENDING, asked < before)
    return list(db.session.scalars(query.order_by(asked, Refund.id).limit(AT_ONCE)))


def unclear() -> Sequence[Refund]:
    """Refunds that were never answered for, and of which nobody here can know whether they were made."""
    query = select(Refund).where(
        Refund.state == RefundState.ASKED, Refund.asked_at < clock.now() - KEY_LIVES
    )
    query = query.options(joinedload(Refund.order)).order_by(Refund.asked_at)
    return db.session.scalars(query.limit(AT_ONCE)).all()


def owes_money(order_id: int) -> bool:
    """Whether money of an order still has to reach its buyer, or a bank decides about it."""
    payments = select(Payment.id).where(
        Payment.order_id == order_id, Payment.state == PaymentState.REFUND_DUE
    )
    refunds = select(Refund.id).where(Refund.order_id == order_id, Refund.state.in_(UNANSWERED))
    disputes = select(Dispute.id).where(Dispute.order_id == order_id, Dispute.state == "open")
    return any(
        db.session.scalar(query.limit(1)) is not None for query in (payments, refunds, disputes)
    )
