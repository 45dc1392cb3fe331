"""Prices as spreadsheets of other shops write them: `1,234.50`, `1.234,50`, `$12`, `12,00 €`."""

from __future__ import annotations

import re

from flask_babel import gettext as _

from shop.core import money
from shop.plugins.api import Refused

_BEFORE = re.compile(r"(?:[A-Z]{3}|[A-Z]{0,2}\$|[€£¥₹])\s*")
_BEHIND = re.compile(r"\s*(?:[A-Z]{3}|[€£¥₹$])$")
_GROUPED = re.compile(r"-?[1-9]\d{0,2}(?:[,. \u00a0\u202f’']\d{3})+")
_NO_DIGIT = re.compile(r"[^\d-]")


def read_price(written: str, currency: str) -> int:
    """Minor units of a written price; signs of thousands and of the currency are read over.

    Raises:
        Refused: it is no price, or may be two: `1.234`.
    """
    plain = _BEHIND.sub("", written.strip())
    sign = _BEFORE.match(plain)
    plain = plain[sign.end() :] if sign else plain
    whole, point, fraction = _parts(plain)
    if point == "." and len(fraction) == len("000") and money.decimals(currency) < len("000"):
        raise Refused(_("%(value)s may mean a thousand or a thousandth.", value=written[:40]))
    if _GROUPED.fullmatch(whole):
        whole = _NO_DIGIT.sub("", whole)
    return money.parse(f"{whole}.{fraction}" if point else whole, currency)


def _parts(plain: str) -> tuple[str, str, str]:
    """What stands before the decimal sign, the sign, and what stands behind; `1,234` and `1.234.567` have none."""
    place = max(plain.rfind("."), plain.rfind(","))
    if place < 0:
        return plain, "", ""
    whole, sign, fraction = plain[:place], plain[place], plain[place + 1 :]
    if (
        _GROUPED.fullmatch(plain)
        and (sign == "," or sign in whole)
        and len({*plain} & {".", ","}) == 1
    ):
        return plain, "", ""
    return whole, sign, fraction
