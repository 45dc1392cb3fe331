"""The site's own settings: its name, its language, its money."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import SQLAlchemyError

from shop.core import settings
from shop.core.languages import catalogs, names
from shop.core.settings import setting

CURRENCIES = tuple("EUR GBP USD CHF JPY AUD CAD CZK DKK KRW KWD NOK PLN SEK".split())  # noqa: SIM905


def languages(folder: Path = catalogs.TRANSLATIONS) -> tuple[tuple[str, str], ...]:
    """(locale, its own name) of the languages that the interface has: English, and each with a catalog."""
    others = ((locale, names.own_name(locale)) for locale in catalogs.locales(folder))
    return (("en", "English"), ("en_GB", "English (UK)"), *others)


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """What every page and mail says about the site."""

    name: str = setting("Bookstall", _l("Name"), minimum=1, maximum=60)
    tagline: str = setting("Words and wares", _l("Tagline"), maximum=120)
    description: str = setting(
        "A calm magazine with a small shop.",
        _l("Description"),
        help=_l("For search engines."),
        maximum=300,
    )
    locale: str = setting(
        "en",
        _l("Language"),
        choices=languages(),
    )
    currency: str = setting(
        "EUR",
        _l("Currency"),
        choices=tuple((code, code) for code in CURRENCIES),
    )
    home_country: str = setting(
        "",
        _l("Country you sell from"),
        help=_l("It is selected by default at checkout, and its tax rates are your own."),
        maximum=2,
        shown_as="country",
    )
    owner_email: str = setting(
        "",
        _l("Owner’s email address"),
        help=_l(
            "Gets the emails for the shop. Leave empty to use the first owner’s email address."
        ),
        maximum=320,
    )
    security_contact: str = setting(
        "", _l("Security contact"), help=_l("For security.txt."), maximum=200
    )

    @property
    def language(self) -> str:
        """The language tag of `<html lang>`."""
        return self.locale.replace("_", "-")

    @property
    def text_direction(self) -> str:
        """ltr or rtl."""
        return names.direction(self.locale)


def site() -> SiteSettings:
    """The site's settings; the last known ones, or the defaults, while the database is away."""
    try:
        return settings.current(SiteSettings)
    except SQLAlchemyError:
        return settings.last_known(SiteSettings)
