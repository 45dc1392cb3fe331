"""What the templates of `::picture[...]` and `::gallery[...]` need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.blueprints.media import queries
from shop.core.pictures import drawing

MOST_IN_GALLERY = 24
WIDEST_IN_TEXT, WIDEST_IN_GALLERY = 704, 340
"""How many CSS pixels wide a picture is drawn at most."""


def one_picture(argument: str) -> Mapping[str, Any] | None:
    """For `::picture[12]`, or `::picture[12 | another caption]`."""
    numbers = queries.numbers_in(argument)[:1]
    caption = argument.partition("|")[2].strip()
    found = drawing.all_shown(numbers, WIDEST_IN_TEXT)
    return {"picture": found[0], "caption": caption or found[0].caption} if found else None


def several_pictures(argument: str) -> Mapping[str, Any] | None:
    """For `::gallery[12 13 14]`, or `::gallery[12 13 14 | a caption for all]`."""
    numbers = queries.numbers_in(argument)[:MOST_IN_GALLERY]
    caption = argument.partition("|")[2].strip()
    found = drawing.all_shown(numbers, WIDEST_IN_GALLERY)
    return {"pictures": found, "caption": caption} if found else None
