"""Languages by their own names, and which way they are written."""

from __future__ import annotations

from functools import cache

from babel import Locale
from babel.core import get_global

OF_TEXTS = tuple(
    "af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk "  # noqa: SIM905
    "km kn ko lo lt lv mk ml mn mr ms my nb ne nl nn pa pl pt ro ru si sk sl sq sr sv sw ta te th tr uk ur uz vi "
    "zh".split()
)
"""Offered for an article: ISO 639 codes of the languages that are most written on the web."""


@cache
def own_name(tag: str) -> str:
    """What a language calls itself: "Deutsch" for de. The tag itself, where it is of no language that is known."""
    try:
        return _locale(tag).get_display_name() or tag
    except ValueError:
        return tag


@cache
def direction(tag: str) -> str:
    """Which way a language is written: `ltr`, or `rtl`."""
    try:
        return _locale(tag).text_direction
    except ValueError:
        return "ltr"


def read_language(tag: str) -> None:
    """Read what babel knows of a language and of currencies: 3 MB, which processes that are forked afterwards share."""
    own_name(tag)
    get_global("currency_fractions")


def _locale(tag: str) -> Locale:
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except LookupError as error:
        raise ValueError(tag) from error
