"""Questions about downloads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, func, select

from shop.blueprints.catalog.models import FileVersion, ProductFile
from shop.blueprints.downloads.models import DownloadGrant, DownloadRevocation, Stamp
from shop.blueprints.orders.models import Order, OrderLine
from shop.blueprints.orders.states import PAID_STATES, DisputeStanding
from shop.blueprints.payments.refunds.models import Refund, RefundLine
from shop.blueprints.payments.states import RefundState
from shop.core.web.pagination import Page, newest_first
from shop.plugins.api import NotFound, db

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


def is_revoked(grant: DownloadGrant) -> bool:
    """Whether the money for it went back."""
    return db.session.get(DownloadRevocation, grant.order_line_id) is not None


def newest_grants(*orders: Order) -> list[DownloadGrant]:
    """The latest grant for each file of orders, in the order of their lines. None while they are unpaid."""
    latest = (
        select(func.max(DownloadGrant.id))
        .join(OrderLine, OrderLine.id == DownloadGrant.order_line_id)
        .where(OrderLine.order_id.in_(_paid(orders)), _is_open())
        .group_by(DownloadGrant.order_line_id, DownloadGrant.storage_key)
    )
    query = select(DownloadGrant).where(DownloadGrant.id.in_(latest))
    return list(db.session.scalars(query.order_by(DownloadGrant.order_line_id, DownloadGrant.id)))


def _paid(orders: Iterable[Order]) -> list[int]:
    return [order.id for order in orders if order.is_paid]


def _is_open() -> ColumnElement[bool]:
    return ~exists().where(DownloadRevocation.order_line_id == OrderLine.id)


def newest_like(grant: DownloadGrant) -> DownloadGrant:
    """The latest grant for the same file of the same line."""
    query = select(DownloadGrant).where(
        DownloadGrant.order_line_id == grant.order_line_id,
        DownloadGrant.storage_key == grant.storage_key,
    )
    return db.session.scalars(query.order_by(DownloadGrant.issue.desc()).limit(1)).one()


def grant_of_order_or_404(order: Order, grant_id: int) -> DownloadGrant:
    """A grant of this very order, if it is paid and its money was not given back.

    Raises:
        NotFound: there is none.
    """
    grant = db.session.get(DownloadGrant, grant_id)
    if grant is None or grant.line.order_id != order.id or not order.is_paid or is_revoked(grant):
        raise NotFound
    return grant


@dataclass(frozen=True, slots=True)
class MissingGrant:
    """A file that was paid for and that no grant opens yet."""

    line: OrderLine
    file: ProductFile


def missing_grants(*orders: Order) -> list[MissingGrant]:
    """Files of paid orders' digital lines, as they are now, for which no grant was ever made."""
    rows = db.session.execute(
        select(OrderLine, ProductFile)
        .join(ProductFile, ProductFile.product_id == OrderLine.product_id)
        .outerjoin(
            DownloadGrant,
            (DownloadGrant.order_line_id == OrderLine.id)
            & (DownloadGrant.storage_key == ProductFile.storage_key),
        )
        .where(
            OrderLine.order_id.in_(_paid(orders)),
            OrderLine.is_digital,
            DownloadGrant.id.is_(None),
            _is_open(),
        )
        .order_by(OrderLine.id, ProductFile.position, ProductFile.id)
    ).all()
    return [MissingGrant(line, file) for line, file in rows]


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that its buyer can have: the newest version, what is new in it, and the versions before."""

    grant: DownloadGrant
    changes: str
    earlier: tuple[DownloadGrant, ...]


def offers(grants: Sequence[DownloadGrant]) -> list[Offer]:
    """Grants by line and file: of a file with several versions, the newest one goes first."""
    ids = {grant.product_file_id for grant in grants if grant.product_file_id}
    files = {
        file.id: file
        for file in db.session.scalars(select(ProductFile).where(ProductFile.id.in_(ids)))
    }
    rows: dict[tuple[int, int], list[DownloadGrant]] = {}
    for grant in grants:
        key = (grant.order_line_id, grant.product_file_id or -grant.id)
        rows.setdefault(key, []).append(grant)
    changes = _changes(ids)
    found = [_offer(versions, files.get(key[1]), changes) for key, versions in rows.items()]
    return sorted(found, key=lambda offer: _place(offer.grant, files))


def _offer(
    versions: list[DownloadGrant], file: ProductFile | None, changes: dict[tuple[int, str], str]
) -> Offer:
    newest = versions[-1]
    if file is not None:
        newest = next((each for each in versions if each.storage_key == file.storage_key), newest)
    earlier = tuple(each for each in reversed(versions) if each is not newest)
    new = changes.get((newest.product_file_id or 0, newest.storage_key), "") if earlier else ""
    return Offer(newest, new, earlier)


def _changes(file_ids: Iterable[int]) -> dict[tuple[int, str], str]:
    query = select(FileVersion.file_id, FileVersion.storage_key, FileVersion.changes)
    rows = db.session.execute(query.where(FileVersion.file_id.in_(file_ids)))
    return {(file_id, key): changes for file_id, key, changes in rows}


def _place(grant: DownloadGrant, files: dict[int, ProductFile]) -> tuple[int, int, int]:
    file = files.get(grant.product_file_id or 0)
    return grant.order_line_id, file.position if file else 0, grant.id


def orders_with_files(account_id: int, *, after: str | None = None) -> Page[Order]:
    """A person's paid orders that have something to download, newest first."""
    query = select(Order).where(
        Order.account_id == account_id,
        Order.state.in_(PAID_STATES),
        Order.lines.any(OrderLine.is_digital & _is_open()),
    )
    return newest_first(query, Order.id, after=after, size=LIBRARY_PAGE)


def owners(product_id: int, *, after: int, limit: int) -> Sequence[OrderLine]:
    """Paid lines that hold a product as a download, by id, from the one after `after`."""
    query = (
        select(OrderLine)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.product_id == product_id,
            OrderLine.id > after,
            OrderLine.is_digital,
            Order.state.in_(PAID_STATES),
            _is_open(),
        )
    )
    return db.session.scalars(query.order_by(OrderLine.id).limit(limit)).all()


def refunded_lines(order: Order) -> set[int]:
    """The lines of an order whose money went back, all of it: by id."""
    if order.is_refunded or order.dispute_state == DisputeStanding.LOST:
        return {line.id for line in order.lines}
    pieces = (
        select(RefundLine.order_line_id, func.sum(RefundLine.quantity))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(Refund.order_id == order.id, Refund.state == RefundState.DONE)
        .group_by(RefundLine.order_line_id)
    )
    given_back = {row[0]: row[1] for row in db.session.execute(pieces)}
    return {line.id for line in order.lines if given_back.get(line.id, 0) >= line.quantity}


def revoked(order: Order) -> set[int]:
    """The lines of an order that open nothing any more, by id."""
    ids = [line.id for line in order.lines]
    query = select(DownloadRevocation.order_line_id)
    return set(db.session.scalars(query.where(DownloadRevocation.order_line_id.in_(ids))))


def own_copies(order_ids: Iterable[int]) -> Sequence[DownloadGrant]:
    """Grants of these orders with a copy that has its buyer's name."""
    return db.session.scalars(_grants_of(order_ids).where(DownloadGrant.stamp == Stamp.DONE)).all()


def lock_grants(order_ids: Iterable[int]) -> Sequence[DownloadGrant]:
    """All grants of these orders, as they are now, for one who changes them."""
    query = _grants_of(order_ids).with_for_update(of=DownloadGrant)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _grants_of(order_ids: Iterable[int]) -> Select[DownloadGrant]:
    lines = select(OrderLine.id).where(OrderLine.order_id.in_(order_ids))
    return select(DownloadGrant).where(DownloadGrant.order_line_id.in_(lines))


def is_handed_over(key: str) -> bool:
    """Whether some grant hands over the copy of this key."""
    query = select(DownloadGrant.id).where(DownloadGrant.stamped_key == key).limit(1)
    return db.session.scalar(query) is not None
