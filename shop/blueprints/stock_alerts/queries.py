"""Questions about alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from shop.blueprints.catalog.models import Product, Variant
from shop.blueprints.stock_alerts.models import AlertState, StockAlert
from shop.core.errors import or_404
from shop.core.mail.mailboxes import normal_address
from shop.core.web.pagination import Page, beyond, decode_cursor
from shop.plugins.api import db

PAGE_SIZE = 50
MOST_WANTED = 100


def sold_out(product: Product) -> list[Variant]:
    """The variants that one may wait for."""
    return [each for each in product.variants if not each.is_retired and not each.is_available]


def alert_of_token(token: str) -> StockAlert:
    """Whom the link in a message belongs to.

    Raises:
        NotFound: nobody, or nobody any more.
    """
    return or_404(db.session.scalar(select(StockAlert).where(StockAlert.opened_by(token))))


def is_waiting(email: str) -> bool:
    """Whether an address waits for anything."""
    return people_waiting(email) > 0


def people_waiting(email: str) -> int:
    """For how many things an address waits."""
    return (
        db.session.scalar(
            select(func.count()).where(
                StockAlert.email == email, StockAlert.state == AlertState.WAITING
            )
        )
        or 0
    )


def was_told_since(alert: StockAlert) -> bool:
    """Whether the address was told about the variant after it asked: a message answers whatever was asked before it."""
    told = select(StockAlert.id).where(
        StockAlert.email == alert.email,
        StockAlert.variant_id == alert.variant_id,
        StockAlert.state == AlertState.SENT,
        StockAlert.sent_at >= alert.created_at,
    )
    return db.session.scalar(told.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class WantedVariant:
    """How many wait for a variant, and since when (UTC)."""

    variant: Variant
    waiting: int
    since: datetime


def most_wanted() -> Sequence[WantedVariant]:
    """What most people wait for, at most 100 variants."""
    waiting = func.count().label("waiting")
    counted = (
        select(StockAlert.variant_id, waiting, func.min(StockAlert.created_at).label("since"))
        .where(StockAlert.state == AlertState.WAITING)
        .group_by(StockAlert.variant_id)
        .order_by(waiting.desc(), StockAlert.variant_id)
        .limit(MOST_WANTED)
        .subquery()
    )
    rows = db.session.execute(
        select(Variant, counted.c.waiting, counted.c.since)
        .join(counted, counted.c.variant_id == Variant.id)
        .order_by(counted.c.waiting.desc(), Variant.id)
    )
    return [WantedVariant(row[0], row[1], row[2]) for row in rows]


def counts_of(variant: Variant) -> dict[AlertState, int]:
    """How many alerts of a variant are in each state."""
    rows = db.session.execute(
        select(StockAlert.state, func.count())
        .where(StockAlert.variant_id == variant.id)
        .group_by(StockAlert.state)
    )
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in AlertState}


def waiting_for(variant: Variant, after: str | None = None) -> Page[StockAlert]:
    """Who waits for a variant; who asked first comes first."""
    query = select(StockAlert).where(
        StockAlert.variant_id == variant.id, StockAlert.state == AlertState.WAITING
    )
    if after:
        query = query.where(beyond([StockAlert.id], decode_cursor(after, [int]), descending=False))
    rows = db.session.scalars(query.order_by(StockAlert.id).limit(PAGE_SIZE + 1)).all()
    return Page.of(rows, PAGE_SIZE, lambda alert: [alert.id])


def alerts_of(email: str) -> Sequence[StockAlert]:
    """What one address asked for."""
    return db.session.scalars(
        select(StockAlert).where(StockAlert.email == normal_address(email)).order_by(StockAlert.id)
    ).all()
