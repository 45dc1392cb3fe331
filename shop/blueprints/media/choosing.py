"""Choosing pictures of the library in the forms of other features: a field that holds their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shop.blueprints.accounts.queries import current_account, may
from shop.blueprints.media import queries
from shop.core.pictures import drawing
from shop.core.pictures.models import Picture

PERMISSION = "media.manage"
THUMB = 240


@dataclass(frozen=True, slots=True)
class Offered:
    """A picture to choose. `thumb` is None while it is not drawn yet."""

    number: int
    name: str
    thumb: drawing.Drawn | None


def picture_field(
    *, name: str, label: str, hint: str, chosen: str, error: str, most: int
) -> Mapping[str, Any]:
    """For the slot `admin.picture_field`."""
    numbers = queries.numbers_in(chosen)
    return {
        "name": name,
        "label": label,
        "hint": hint,
        "value": chosen,
        "error": error,
        "most": most,
        "chosen": offered(drawing.drawable(numbers)),
        "may_choose": may(current_account(), PERMISSION),
    }


def offered(pictures: Iterable[Picture]) -> list[Offered]:
    """Pictures as they are offered."""
    return [Offered(each.id, each.name, thumb_of(each)) for each in pictures]


def thumb_of(picture: Picture) -> drawing.Drawn | None:
    """A small picture for lists; None while there is none."""
    return drawing.drawn(picture, THUMB) if drawing.is_showable(picture) else None
