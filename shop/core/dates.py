"""Days and hours in words, the same on pages, in emails and on invoices: in the site's time zone and language."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_time
from flask_babel import format_date, get_locale

from shop.core.site import site


def site_time(moment: datetime) -> datetime:
    """A moment as the clock on the site's wall shows it."""
    return moment.astimezone(site().zone)


def day_in_words(day: date, locale: str = "") -> str:
    """14 November 2026, or as the site's language says it: 14. November 2026; of a moment its day in the site's zone.

    `locale` is that language, where it has been looked up already.
    """
    if isinstance(day, datetime):
        day = site_time(day)
    return _long_date(locale or str(get_locale()), date.fromordinal(day.toordinal()))


def hour_in_words(moment: datetime) -> str:
    """9:03 PM or 21:03, as the site's language writes it, in the site's time zone."""
    local = site_time(moment)
    return format_time(local, "short", tzinfo=local.tzinfo, locale=get_locale() or Locale("en"))


@lru_cache(maxsize=1000)
def _long_date(locale: str, day: date) -> str:
    # English is read in many countries, and this order in all of them.
    return str(format_date(day, "d MMMM yyyy" if locale.startswith("en") else "long"))
