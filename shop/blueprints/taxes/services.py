"""What happens to rates. Orders keep the tax that they were charged, whatever becomes of the rate."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from flask_babel import gettext as _

from shop.blueprints.taxes import queries, union
from shop.blueprints.taxes.models import Goods, TaxRate
from shop.core.secrets.kept import keep_values, take_values
from shop.plugins.api import Refused, db, purge

REMOVED_RATE = "taxes.removed_rate"


@dataclass(frozen=True, slots=True)
class TaxTerms:
    """A rate in thousandths of a percent, and from which day it holds for whom."""

    country: str
    applies_to: Goods
    label: str
    rate: int
    valid_from: date
    source: str = ""


def write_tax_rate(terms: TaxTerms, *, rate: TaxRate | None = None) -> TaxRate:
    """Make a rate, or change one.

    Raises:
        Refused: one begins on that day already.
    """
    there = queries.rate_of(terms.country, terms.applies_to, terms.valid_from)
    if there is not None and there is not rate:
        raise Refused(_("There is already a rate that starts on this day."), field="valid_from")
    rate = rate or TaxRate()
    rate.country, rate.applies_to = terms.country, terms.applies_to
    rate.label, rate.rate = terms.label, terms.rate
    rate.valid_from, rate.source = terms.valid_from, terms.source
    db.session.add(rate)
    db.session.flush()
    purge(queries.TAG)
    return rate


def remove_tax_rate(rate: TaxRate) -> str:
    """Delete a rate; returns a token for `restore_tax_rate`, good for an hour."""
    terms = TaxTerms(
        rate.country, Goods(rate.applies_to), rate.label, rate.rate, rate.valid_from, rate.source
    )
    values = {**asdict(terms), "valid_from": rate.valid_from.isoformat()}
    token = keep_values(REMOVED_RATE, values)
    db.session.delete(rate)
    purge(queries.TAG)
    return token


def restore_tax_rate(token: str) -> TaxRate:
    """Make a removed rate again.

    Raises:
        Gone: it was removed too long ago, or is there again.
        Refused: another rate begins on its day by now.
    """
    values = take_values(REMOVED_RATE, token)
    return write_tax_rate(
        TaxTerms(
            **{
                **values,
                "applies_to": Goods(values["applies_to"]),
                "valid_from": date.fromisoformat(values["valid_from"]),
            }
        )
    )


def fill_in_union() -> int:
    """Write the standard rates of the European Union, where none begins on that day; how many were new."""
    new = 0
    for country, rate in union.STANDARD_RATES.items():
        if queries.rate_of(country, Goods.EVERYTHING, union.AS_OF) is None:
            terms = TaxTerms(country, Goods.EVERYTHING, _("VAT"), rate, union.AS_OF, union.SOURCE)
            write_tax_rate(terms)
            new += 1
    return new
