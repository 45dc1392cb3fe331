"""Rates of tax, by country and day."""

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.labels import LabelledEnum
from shop.plugins.api import Model, primary_key


class Goods(LabelledEnum):
    """What a rate is for: the narrower one goes before `everything`."""

    EVERYTHING = "everything", _l("Everything")
    DIGITAL = "digital", _l("Downloads")
    SENT = "sent", _l("Shipped products")


class TaxRate(Model):
    """The rate of a country (ISO 3166-1 alpha-2) from a day on, in thousandths of a percent.

    `source` says whose word it is.
    """

    __tablename__ = "tax_rate"
    __table_args__ = (
        CheckConstraint("rate >= 0 AND rate <= 100000", name="rate_in_bounds"),
        UniqueConstraint("country", "applies_to", "valid_from"),
    )

    id: Mapped[primary_key]
    country: Mapped[str] = mapped_column(String(2))
    applies_to: Mapped[str] = mapped_column(String(10), default=Goods.EVERYTHING)
    label: Mapped[str] = mapped_column(String(40))
    rate: Mapped[int]
    valid_from: Mapped[date]
    source: Mapped[str] = mapped_column(String(200), default="")
