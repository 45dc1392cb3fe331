"""Sales by day: sums that can be counted again from the orders at any time, and clicks that can't.

A day is a day in UTC. Amounts are in minor units of their currency; currencies are never added up.
"""

from datetime import date

from sqlalchemy import CheckConstraint, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.columns import BigId
from shop.plugins.api import Model, created


class SalesDay(Model):
    """What was paid and what went back on one day. `revenue_minor` is what buyers paid: shipping and tax are in it."""

    __tablename__ = "sales_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    orders: Mapped[int] = mapped_column(default=0)
    revenue_minor: Mapped[int] = mapped_column(BigId, default=0)
    discount_minor: Mapped[int] = mapped_column(BigId, default=0)
    shipping_minor: Mapped[int] = mapped_column(BigId, default=0)
    tax_minor: Mapped[int] = mapped_column(BigId, default=0)
    refunds: Mapped[int] = mapped_column(default=0)
    refunded_minor: Mapped[int] = mapped_column(BigId, default=0)
    orders_from_articles: Mapped[int] = mapped_column(default=0)
    counted_at: Mapped[created]


class GuideDay(Model):
    """What was sold of one product on one day. The title is kept, for when the product is gone."""

    __tablename__ = "sales_guide_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    product_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(200))
    pieces: Mapped[int]
    revenue_minor: Mapped[int] = mapped_column(BigId)


class TaxDay(Model):
    """The tax in what was paid on one day, by the country, name and rate (thousandths of a percent) of it."""

    __tablename__ = "sales_tax_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    label: Mapped[str] = mapped_column(String(80), primary_key=True)
    rate: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    base_minor: Mapped[int] = mapped_column(BigId)
    tax_minor: Mapped[int] = mapped_column(BigId)


class LeadDay(Model):
    """Paid orders of one day that hold something to which an article led."""

    __tablename__ = "sales_lead_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    article: Mapped[str] = mapped_column(String(80), primary_key=True)
    orders: Mapped[int]
    revenue_minor: Mapped[int] = mapped_column(BigId)


class ClickDay(Model):
    """How often someone went from an article to a guide on one day. Nothing is known of who it was."""

    __tablename__ = "sales_click_day"
    __table_args__ = (CheckConstraint("clicks > 0", name="clicks_positive"),)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    article: Mapped[str] = mapped_column(String(80), primary_key=True)
    product_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    clicks: Mapped[int]
