"""Fields of ours: how wide the margin of an article is, and what the buyer of an order adds."""

from __future__ import annotations

from dataclasses import dataclass

from shop.plugins.api import custom_field, field_values, set_field_values, unit_of_work


@dataclass(frozen=True, slots=True)
class Margins:
    """Of an article."""

    width: int = custom_field(3, "Width in cm", minimum=1, maximum=9, is_public=True)
    hand: str = custom_field("", "Written by", is_public=True, is_searchable=True)


@dataclass(frozen=True, slots=True)
class OrderWishes:
    """Of an order: its buyer is asked."""

    postscript: str = custom_field("", "P.S.", help="It stands below the confirmation.")


def widen(article_id: int) -> int:
    """Make the margin of an article wider by one, and say how wide it is."""
    width = min(field_values(Margins, article_id).width + 1, 9)
    with unit_of_work():
        set_field_values(Margins, article_id, width=width)
    return width
