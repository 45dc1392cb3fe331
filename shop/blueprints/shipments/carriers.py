"""Who takes parcels, and where they can be followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from flask_babel import gettext as _

from shop.blueprints.shipments.settings import ShipmentSettings
from shop.core import settings
from shop.core.text import has_control_characters
from shop.plugins.api import Refused

LONGEST_NAME = 60
LONGEST_URL = 1000
PLACE = "{code}"


@dataclass(frozen=True, slots=True)
class Carrier:
    """`template` is an address with `{code}` in it, or empty: then its parcels can't be followed."""

    name: str
    template: str = ""

    def link(self, code: str) -> str:
        """Where a parcel of this number can be followed; empty when nobody knows."""
        return self.template.replace(PLACE, quote(code, safe="")) if code else ""


def carriers() -> list[Carrier]:
    """Those of the settings that can be understood."""
    return [carrier for carrier in map(_read, _lines()) if carrier is not None]


def misread() -> Sequence[str]:
    """Lines of the settings that can't be understood."""
    return [line for line in _lines() if _read(line) is None]


def carrier_named(name: str) -> Carrier:
    """A carrier of the settings; one that is only a name, for any other."""
    return next((each for each in carriers() if each.name == name), Carrier(name))


def checked_link(url: str) -> str:
    """An address that a buyer may be sent to.

    Raises:
        Refused: it is not http or https, names no host, or carries a password.
    """
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
    except ValueError:
        is_good = False
    if not is_good or has_control_characters(url) or " " in url or len(url) > LONGEST_URL:
        raise Refused(_("Enter a web address that starts with https:// or http://."), field="url")
    return url


def _lines() -> list[str]:
    text = settings.current(ShipmentSettings).carriers
    return [line.strip() for line in text.splitlines() if line.strip()]


def _read(line: str) -> Carrier | None:
    name, _bar, template = (part.strip() for part in line.partition("|"))
    if not name or len(name) > LONGEST_NAME:
        return None
    try:
        checked_link(template.replace(PLACE, "1"))
    except Refused:
        return None
    return Carrier(name, template) if not template or PLACE in template else None
