"""Questions about rates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import exists, select

from shop.blueprints.taxes.models import Goods, TaxRate
from shop.core import clock
from shop.core.changes.remembered import remembered
from shop.core.errors import or_404
from shop.plugins.api import db

TAG = "taxes"


def has_rates() -> bool:
    """Whether there is anything to work out at all."""
    return remembered(TAG, _has_rates, otherwise=True)


def _has_rates() -> bool:
    return bool(db.session.scalar(select(exists(select(TaxRate.id)))))


def rates() -> Sequence[TaxRate]:
    """All, by country, the newest first."""
    return db.session.scalars(
        select(TaxRate).order_by(TaxRate.country, TaxRate.applies_to, TaxRate.valid_from.desc())
    ).all()


def in_force(countries: Iterable[str], on: date | None = None) -> dict[tuple[str, str], TaxRate]:
    """The rate of each country and kind of goods on a day, today if none is said."""
    found = db.session.scalars(
        select(TaxRate)
        .where(TaxRate.country.in_(set(countries)), TaxRate.valid_from <= (on or rates_today()))
        .order_by(TaxRate.valid_from)
    )
    return {(rate.country, rate.applies_to): rate for rate in found}


def rates_today() -> date:
    """The day, in UTC."""
    return clock.now().date()


def tax_rate_or_404(rate_id: int) -> TaxRate:
    """A rate.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(TaxRate, rate_id))


def rate_of(country: str, applies_to: Goods, valid_from: date) -> TaxRate | None:
    """The rate that begins on a day."""
    return db.session.scalar(
        select(TaxRate).where(
            TaxRate.country == country,
            TaxRate.applies_to == applies_to,
            TaxRate.valid_from == valid_from,
        )
    )
