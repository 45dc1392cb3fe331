"""Tax rates in the export of the whole site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from shop.blueprints.taxes import queries, services
from shop.blueprints.taxes.models import Goods
from shop.blueprints.taxes.services import TaxTerms
from shop.plugins.api import ExportPart


def _written() -> Iterator[Mapping[str, Any]]:
    for rate in queries.rates():
        yield {
            "country": rate.country,
            "applies_to": str(rate.applies_to),
            "label": rate.label,
            "rate": rate.rate,
            "valid_from": rate.valid_from.isoformat(),
            "source": rate.source,
        }


def _read(said: Mapping[str, Any]) -> bool:
    """Make a rate, unless one of its country begins on that day already."""
    terms = TaxTerms(
        country=str(said["country"]),
        applies_to=Goods(said["applies_to"]),
        label=str(said["label"]),
        rate=int(said["rate"]),
        valid_from=date.fromisoformat(said["valid_from"]),
        source=str(said["source"]),
    )
    if queries.rate_of(terms.country, terms.applies_to, terms.valid_from) is not None:
        return False
    services.write_tax_rate(terms)
    return True


RATES = ExportPart("tax-rates", "tax rate", _written, _read)
