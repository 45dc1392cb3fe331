"""Questions about disputes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from shop.blueprints.payments.disputes.models import Dispute
from shop.plugins.api import db

AT_ONCE = 200


def dispute_of(provider: str, reference: str) -> Dispute | None:
    """The dispute that a provider calls so."""
    return db.session.scalar(
        select(Dispute).where(Dispute.provider == provider, Dispute.reference == reference)
    )


def disputes_of(order_id: int) -> Sequence[Dispute]:
    """Every dispute about an order's money."""
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
