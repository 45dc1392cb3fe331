"""Questions about invoices and credit notes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop.blueprints.invoices.models import Invoice, PaperKind
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.queries import orders_of_email
from shop.core.errors import or_404
from shop.core.web.pagination import Page, newest_first
from shop.plugins.api import db

PAGE_SIZE = 50


def paper_or_404(token: str) -> Invoice:
    """The document behind an address.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.scalar(select(Invoice).where(Invoice.opened_by(token))))


def paper_of(order_id: int, cause: str) -> Invoice | None:
    """What was issued for an order and a cause."""
    return db.session.scalar(
        select(Invoice).where(Invoice.order_id == order_id, Invoice.cause == cause)
    )


def papers_of(order: Order) -> Sequence[Invoice]:
    """What was issued for an order, oldest first."""
    return db.session.scalars(
        select(Invoice).where(Invoice.order_id == order.id).order_by(Invoice.id)
    ).all()


def credit_notes_of(order_id: int) -> Sequence[Invoice]:
    """What was given back of an order, oldest first."""
    return db.session.scalars(
        select(Invoice)
        .where(Invoice.order_id == order_id, Invoice.kind == PaperKind.CREDIT_NOTE)
        .order_by(Invoice.id)
    ).all()


def papers(*, kind: str = "", number: str = "", after: str | None = None) -> Page[Invoice]:
    """All documents, newest first; `number` is a whole one, so that it costs the same forever."""
    query = select(Invoice).options(joinedload(Invoice.order))
    if kind:
        query = query.where(Invoice.kind == kind)
    if number:
        query = query.where(Invoice.number == number)
    return newest_first(query, Invoice.id, after=after, size=PAGE_SIZE)


def papers_of_email(email: str) -> list[Invoice]:
    """What was issued for orders of an address."""
    return [paper for order in orders_of_email(email) for paper in papers_of(order)]
