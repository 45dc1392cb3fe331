"""Questions about sales, answered from the sums by day alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from shop.blueprints.articles.models import Article
from shop.blueprints.sales.models import ClickDay, GuideDay, LeadDay, SalesDay, TaxDay
from shop.core import clock
from shop.core.labels import LabelledEnum
from shop.plugins.api import db

BEST = 10
USUAL = timedelta(days=29)
"""From the first to the last day of a range that nobody chose."""


class Step(LabelledEnum):
    """How wide a bar of the chart is."""

    DAY = "day", _l("By day")
    WEEK = "week", _l("By week")
    MONTH = "month", _l("By month")

    def begin(self, day: date) -> date:
        """The first day of the bar that holds a day; weeks begin on Monday (ISO 8601)."""
        if self is Step.WEEK:
            return day - timedelta(days=day.weekday())
        return day.replace(day=1) if self is Step.MONTH else day

    def next(self, begins: date) -> date:
        """The first day of the bar after."""
        if self is Step.MONTH:
            return (begins.replace(day=1) + timedelta(days=32)).replace(day=1)
        return begins + timedelta(days=7 if self is Step.WEEK else 1)


@dataclass(frozen=True, slots=True)
class Range:
    """From one day to another, both included."""

    since: date
    until: date

    @classmethod
    def lately(cls) -> Self:
        """The last thirty days, today's included."""
        today = clock.now().date()
        return cls(today - USUAL, today)

    def holds(self, column: InstrumentedAttribute[date]) -> ColumnElement[bool]:
        """Whether a day is in it."""
        return column.between(self.since, self.until)


@dataclass(slots=True)
class Bar:
    """The sums of one bar; amounts in minor units."""

    begins: date
    orders: int = 0
    revenue_minor: int = 0
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """What came in and went out in a range, in one currency."""

    currency: str
    orders: int
    revenue_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    refunds: int
    refunded_minor: int
    orders_from_articles: int

    @property
    def kept_minor(self) -> int:
        """What is left after refunds."""
        return self.revenue_minor - self.refunded_minor

    @property
    def mean_minor(self) -> int:
        """What an order was worth."""
        return self.revenue_minor // self.orders if self.orders else 0


def sums(within: Range) -> list[Sums]:
    """The sums of a range, by currency; the one with most orders first."""
    columns = (
        SalesDay.orders,
        SalesDay.revenue_minor,
        SalesDay.discount_minor,
        SalesDay.shipping_minor,
        SalesDay.tax_minor,
        SalesDay.refunds,
        SalesDay.refunded_minor,
        SalesDay.orders_from_articles,
    )
    rows = db.session.execute(
        select(SalesDay.currency, *(func.sum(column) for column in columns))
        .where(within.holds(SalesDay.day))
        .group_by(SalesDay.currency)
        .order_by(func.sum(SalesDay.orders).desc(), SalesDay.currency)
    )
    return [Sums(currency, *(int(value) for value in values)) for currency, *values in rows]


def bars(within: Range, currency: str, step: Step) -> list[Bar]:
    """One bar for each step of a range, those without sales too."""
    found: dict[date, Bar] = {}
    begins = step.begin(within.since)
    while begins <= within.until:
        found[begins] = Bar(begins)
        begins = step.next(begins)
    rows = db.session.execute(
        select(
            SalesDay.day, SalesDay.orders, SalesDay.revenue_minor, SalesDay.refunded_minor
        ).where(within.holds(SalesDay.day), SalesDay.currency == currency)
    )
    for day, orders, revenue, refunded in rows:
        bar = found[step.begin(day)]
        bar.orders += orders
        bar.revenue_minor += revenue
        bar.refunded_minor += refunded
    return list(found.values())


@dataclass(frozen=True, slots=True)
class BestGuide:
    """What was sold of a guide."""

    product_id: int
    title: str
    pieces: int
    revenue_minor: int


def best_guides(within: Range, currency: str) -> list[BestGuide]:
    """What earned most."""
    revenue = func.sum(GuideDay.revenue_minor)
    rows = db.session.execute(
        select(GuideDay.product_id, func.max(GuideDay.title), func.sum(GuideDay.pieces), revenue)
        .where(within.holds(GuideDay.day), GuideDay.currency == currency)
        .group_by(GuideDay.product_id)
        .order_by(revenue.desc(), GuideDay.product_id)
        .limit(BEST)
    )
    return [BestGuide(product_id, title, int(n), int(sum_)) for product_id, title, n, sum_ in rows]


@dataclass(frozen=True, slots=True)
class TaxSum:
    """The tax of one rate (thousandths of a percent) and country."""

    country: str
    label: str
    rate: int
    base_minor: int
    tax_minor: int


def taxes(within: Range, currency: str) -> list[TaxSum]:
    """The tax that was charged, by country and rate."""
    rows = db.session.execute(
        select(
            TaxDay.country,
            TaxDay.label,
            TaxDay.rate,
            func.sum(TaxDay.base_minor),
            func.sum(TaxDay.tax_minor),
        )
        .where(within.holds(TaxDay.day), TaxDay.currency == currency)
        .group_by(TaxDay.country, TaxDay.label, TaxDay.rate)
        .order_by(TaxDay.country, TaxDay.rate)
    )
    return [TaxSum(country, label, rate, int(b), int(t)) for country, label, rate, b, t in rows]


@dataclass(frozen=True, slots=True)
class Lead:
    """What an article led to. Orders and revenue are of one currency; clicks have none.

    `article` is its address; `title` is that too, where the article is gone.
    """

    article: str
    title: str
    clicks: int
    orders: int
    revenue_minor: int

    @property
    def rate(self) -> float | None:
        """Orders for a hundred clicks; None without clicks."""
        return 100 * self.orders / self.clicks if self.clicks else None


def leads(within: Range, currency: str) -> Sequence[Lead]:
    """The articles that led to most, at most ten."""
    clicks = {
        article: int(count)
        for article, count in db.session.execute(
            select(ClickDay.article, func.sum(ClickDay.clicks))
            .where(within.holds(ClickDay.day))
            .group_by(ClickDay.article)
        )
    }
    bought = {
        article: (int(orders), int(revenue))
        for article, orders, revenue in db.session.execute(
            select(LeadDay.article, func.sum(LeadDay.orders), func.sum(LeadDay.revenue_minor))
            .where(within.holds(LeadDay.day), LeadDay.currency == currency)
            .group_by(LeadDay.article)
        )
    }
    slugs = clicks.keys() | bought.keys()
    named = select(Article.slug, Article.title).where(Article.slug.in_(slugs))
    titles = dict(db.session.execute(named).all())
    found = [
        Lead(slug, titles.get(slug, slug), clicks.get(slug, 0), *bought.get(slug, (0, 0)))
        for slug in slugs
    ]
    found.sort(key=lambda lead: (-lead.revenue_minor, -lead.orders, -lead.clicks, lead.article))
    return found[:BEST]
