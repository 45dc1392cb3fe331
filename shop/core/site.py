"""The site's own settings: its name, its language, its money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.exc import SQLAlchemyError

from shop.core import menus, settings
from shop.core.errors import Refused
from shop.core.languages import catalogs, names
from shop.core.pictures import marks
from shop.core.settings import setting

CURRENCIES = tuple("EUR GBP USD CHF JPY AUD CAD CZK DKK KRW KWD NOK PLN SEK".split())  # noqa: SIM905


def languages(folder: Path = catalogs.TRANSLATIONS) -> tuple[tuple[str, str], ...]:
    """(locale, its own name) of the languages that the interface has: English, and each with a catalog."""
    # Named when the names are shown: Babel reads all that it knows of a language for that, which takes 1 MB each.
    others = ((each, LazyString(names.own_name, each)) for each in catalogs.locales(folder))
    return (("en", "English"), ("en_GB", "English (UK)"), *others)


@cache
def time_zones() -> tuple[str, ...]:
    """The names of the time zones that this machine knows: UTC, and those of places."""
    return ("UTC", *sorted(name for name in available_timezones() if "/" in name[:-1]))


def zone_named(name: str) -> tzinfo:
    """A time zone by its name, such as Europe/Berlin.

    Raises:
        Refused: this machine knows none of this name.
    """
    if name == "UTC":  # known where no table of time zones is installed
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise Refused(_("Choose one of the options.")) from None


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
    top_menu: tuple[str, ...] = setting(
        (),
        _l("Menu at the top of every page"),
        help=_l(
            "Pages, tags and series of this site, or any other link, in an order of your choice. Without any, the "
            "usual links are shown."
        ),
        maximum=12,
        shown_as="menu",
        check=menus.require_links,
    )
    bottom_menu: tuple[str, ...] = setting(
        (),
        _l("Menu at the bottom of every page"),
        help=_l("Like the one at the top. Without any, the usual links are shown."),
        maximum=30,
        shown_as="menu",
        check=menus.require_links,
    )
    footer_text: str = setting(
        "",
        _l("Text at the bottom of every page"),
        help=_l("Such as who owns the rights. Leave empty to show the description there."),
        maximum=300,
    )
    shelf_name: str = setting(
        "",
        _l("Name of what you sell"),
        help=_l(
            "In menus and above the list of products, such as Books or Prints. Leave empty for “Guides”."
        ),
        maximum=40,
    )
    logo: str = setting(
        "",
        _l("Logo"),
        help=_l(
            "Stands in place of the name at the top and bottom of pages and in emails. PNG or SVG, at most 2 MB; "
            "what is transparent stays so."
        ),
        maximum=marks.LONGEST,
        shown_as="logo",
    )
    logo_dark: str = setting(
        "",
        _l("Logo for the dark scheme"),
        help=_l("For readers whose pages are dark. Leave empty to show the same logo."),
        maximum=marks.LONGEST,
        shown_as="logo",
    )
    icon: str = setting(
        "",
        _l("Icon"),
        help=_l("In the tabs of browsers and on home screens of phones. Square, PNG or SVG."),
        maximum=marks.LONGEST,
        shown_as="icon",
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
    time_zone: str = setting(
        "UTC",
        _l("Time zone"),
        help=_l(
            "Of the days and hours on your pages, and of the hour at which something is published."
        ),
        minimum=1,
        maximum=60,
        check=zone_named,
        shown_as="time zone",
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

    def own_menu(self, place: str) -> list[menus.MenuLine]:
        """The links that the owner wants in a menu; none where the usual ones are to stand."""
        written = {"primary": self.top_menu, "footer": self.bottom_menu}
        return menus.links_in(written.get(place, ()))

    @property
    def shown_logo(self) -> marks.Mark | None:
        """The owner's logo, as pages and mails show it."""
        return marks.shown_mark("logo", self.logo)

    @property
    def shown_dark_logo(self) -> marks.Mark | None:
        """The owner's logo for dark pages, where it is another one."""
        return marks.shown_mark("logo-dark", self.logo_dark)

    @property
    def shelf(self) -> str:
        """What the list of products is called."""
        return self.shelf_name or _("Guides")

    @property
    def language(self) -> str:
        """The language tag of `<html lang>`."""
        return self.locale.replace("_", "-")

    @property
    def zone(self) -> tzinfo:
        """The time zone; UTC where this machine does not know the chosen one."""
        try:
            return zone_named(self.time_zone)
        except Refused:
            return UTC

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
