"""Who has which day counted, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from shop.blueprints.articles.models import Article
from shop.blueprints.orders.models import Order
from shop.blueprints.payments.refunds.models import Refund
from shop.blueprints.sales.counting import count_day
from shop.blueprints.sales.models import ClickDay
from shop.core import clock, jobs
from shop.core.database import upsert
from shop.plugins.api import JobKind, db
from shop.plugins.api.events import ArticleLedToGuide, OrderPaid, OrderRefunded, RefundFailed

COUNT_JOB = "sales.count_day"
EVERY_SECONDS = 10


def follow_payment(event: OrderPaid) -> None:
    """An order was paid: its day has changed."""
    order = db.session.get_one(Order, event.order_id)
    if order.paid_at is not None:
        have_counted(order.paid_at.date())


def count_refund(event: OrderRefunded | RefundFailed) -> None:
    """Money went back, or did not after all: the days on which it may stand have changed."""
    refund = db.session.get_one(Refund, event.refund_id)
    day = refund.asked_at.date()
    while day <= clock.now().date():
        have_counted(day)
        day += timedelta(days=1)


def have_counted(day: date) -> None:
    """Have a day counted when the present ten seconds are over: once, however many orders are paid in them."""
    slot = int(clock.now().timestamp()) // EVERY_SECONDS + 1
    jobs.enqueue(
        COUNT_JOB,
        {"day": day.isoformat()},
        run_at=datetime.fromtimestamp(slot * EVERY_SECONDS, UTC),
        unique_key=f"{COUNT_JOB}:{day.isoformat()}:{slot}",
    )


def _count(payload: dict[str, Any]) -> None:
    count_day(date.fromisoformat(payload["day"]))


COUNT = JobKind(name=COUNT_JOB, handle=_count)


def recount_days() -> None:
    """Count yesterday and today: repairs what a killed job left out, and begins each day with a row."""
    today = clock.now().date()
    count_day(today - timedelta(days=1))
    count_day(today)


def count_guide_click(event: ArticleLedToGuide) -> None:
    """Someone went from an article of ours to a guide; a link that names no article is not counted."""
    known = select(Article.id).where(Article.slug == event.article, Article.kind == "article")
    if db.session.scalar(known) is None:
        return
    db.session.execute(
        upsert(ClickDay)
        .values(
            day=clock.now().date(), article=event.article, product_id=event.product_id, clicks=1
        )
        .on_conflict_do_update(
            index_elements=["day", "article", "product_id"],
            set_={"clicks": ClickDay.clicks + 1},
        )
        .execution_options(synchronize_session=False)
    )
