"""Questions about downloads."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from shop.blueprints.catalog.models import ProductFile
from shop.blueprints.downloads.models import DownloadGrant
from shop.blueprints.orders.models import Order, OrderLine
from shop.blueprints.orders.states import OrderState
from shop.core.errors import NotFound
from shop.core.pagination import Page, beyond, decode_cursor
from shop.extensions import db

LIBRARY_PAGE = 20


def grant_or_404(token: str) -> DownloadGrant:
    """The grant of a token, if its order is paid.

    Raises:
        NotFound: there is none.
    """
    grant = db.session.scalar(select(DownloadGrant).where(DownloadGrant.token == token))
    if grant is None or not grant.line.order.is_paid:
        raise NotFound
    return grant


def newest_grants(order: Order) -> list[DownloadGrant]:
    """The latest grant for each file of an order, in the order of its lines. None while it is unpaid."""
    if not order.is_paid:
        return []
    latest = (
        select(func.max(DownloadGrant.id))
        .join(OrderLine, OrderLine.id == DownloadGrant.order_line_id)
        .where(OrderLine.order_id == order.id)
        .group_by(DownloadGrant.order_line_id, DownloadGrant.storage_key)
    )
    query = select(DownloadGrant).where(DownloadGrant.id.in_(latest))
    return list(db.session.scalars(query.order_by(DownloadGrant.order_line_id, DownloadGrant.id)))


def newest_like(grant: DownloadGrant) -> DownloadGrant:
    """The latest grant for the same file of the same line."""
    query = select(DownloadGrant).where(
        DownloadGrant.order_line_id == grant.order_line_id,
        DownloadGrant.storage_key == grant.storage_key,
    )
    return db.session.scalars(query.order_by(DownloadGrant.issue.desc()).limit(1)).one()


def grant_of_order_or_404(order: Order, grant_id: int) -> DownloadGrant:
    """A grant of this very order, if it is paid.

    Raises:
        NotFound: there is none.
    """
    grant = db.session.get(DownloadGrant, grant_id)
    if grant is None or grant.line.order_id != order.id or not order.is_paid:
        raise NotFound
    return grant


@dataclass(frozen=True, slots=True)
class MissingGrant:
    """A file that was paid for and that no grant opens yet."""

    line: OrderLine
    file: ProductFile


def missing_grants(order: Order) -> list[MissingGrant]:
    """Files of a paid order's digital lines for which no grant was ever made."""
    if not order.is_paid:
        return []
    rows = db.session.execute(
        select(OrderLine, ProductFile)
        .join(ProductFile, ProductFile.product_id == OrderLine.product_id)
        .outerjoin(
            DownloadGrant,
            (DownloadGrant.order_line_id == OrderLine.id)
            & (DownloadGrant.storage_key == ProductFile.storage_key),
        )
        .where(OrderLine.order_id == order.id, OrderLine.is_digital, DownloadGrant.id.is_(None))
        .order_by(OrderLine.id, ProductFile.id)
    ).all()
    return [MissingGrant(line, file) for line, file in rows]


def orders_with_files(account_id: int, *, after: str | None = None) -> Page[Order]:
    """A person's paid orders that have something to download, newest first."""
    query = select(Order).where(
        Order.account_id == account_id,
        Order.state.in_([OrderState.PAID, OrderState.FULFILLED]),
        Order.lines.any(OrderLine.is_digital),
    )
    if after:
        query = query.where(beyond([Order.id], decode_cursor(after, [int]), descending=True))
    rows = db.session.scalars(query.order_by(Order.id.desc()).limit(LIBRARY_PAGE + 1)).all()
    return Page.of(rows, LIBRARY_PAGE, lambda order: [order.id])
