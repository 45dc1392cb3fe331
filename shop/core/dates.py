"""Days in words, the same on pages, in emails and on invoices."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from flask_babel import format_date, get_locale


def day_in_words(day: date, locale: str = "") -> str:
    """14 November 2026, or as the site's language says it: 14. November 2026; of a moment its day.

    `locale` is that language, where it has been looked up already.
    """
    return _long_date(locale or str(get_locale()), date.fromordinal(day.toordinal()))


@lru_cache(maxsize=1000)
def _long_date(locale: str, day: date) -> str:
    # English is read in many countries, and this order in all of them.
    return str(format_date(day, "d MMMM yyyy" if locale.startswith("en") else "long"))
