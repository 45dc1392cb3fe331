"""How pictures are drawn in an article: what the templates of `::picture[...]` and `::gallery[...]` need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from shop.blueprints.media import queries, services
from shop.blueprints.media.models import Picture, PictureState
from shop.core.files import picture_sizes
from shop.plugins.api import made_of

MOST_IN_GALLERY = 24
WIDEST_IN_TEXT, WIDEST_IN_GALLERY = 704, 340
"""How many CSS pixels wide a picture is drawn at most."""


@dataclass(frozen=True, slots=True)
class PictureSource:
    """One kind of file: its media type, and addresses with widths, as `srcset` has them."""

    media_type: str
    srcset: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as a page shows it. `url` is for browsers that choose nothing; `focus` are classes of a style sheet."""

    alt: str
    caption: str
    url: str
    sources: Sequence[PictureSource]
    sizes: str
    width: int
    height: int
    focus: str


def one_picture(argument: str) -> Mapping[str, Any] | None:
    """For `::picture[12]`, or `::picture[12 | another caption]`."""
    numbers = queries.numbers_in(argument)[:1]
    caption = argument.partition("|")[2].strip()
    found = _drawn(numbers, WIDEST_IN_TEXT)
    return {"picture": found[0], "caption": caption or found[0].caption} if found else None


def several_pictures(argument: str) -> Mapping[str, Any] | None:
    """For `::gallery[12 13 14]`, or `::gallery[12 13 14 | a caption for all]`."""
    numbers = queries.numbers_in(argument)[:MOST_IN_GALLERY]
    caption = argument.partition("|")[2].strip()
    found = _drawn(numbers, WIDEST_IN_GALLERY)
    return {"pictures": found, "caption": caption} if found else None


def drawn(picture: Picture, widest: int) -> Drawn:
    """A picture that is ready, drawn at most so many CSS pixels wide."""
    widths = picture_sizes.widths_of(picture.width)
    sources = [
        PictureSource(
            picture_sizes.MEDIA_TYPES[kind],
            ", ".join(f"{_url(picture, width, kind)} {width}w" for width in widths),
        )
        for kind in picture_sizes.picture_kinds()
    ]
    usual = next((width for width in widths if width >= widest), widths[-1])
    shown = min(widest, picture.width)
    return Drawn(
        picture.alt,
        picture.caption,
        _url(picture, usual, "webp"),
        sources,
        f"(min-width: {shown + 48}px) {shown}px, 100vw",
        picture.width,
        picture.height,
        f"focus-x-{_quarter(picture.focus_x)} focus-y-{_quarter(picture.focus_y)}",
    )


def _drawn(numbers: Sequence[int], widest: int) -> list[Drawn]:
    made_of(*map(services.tag_of, numbers))
    found = queries.drawable(numbers)
    return [drawn(each, widest) for each in found if each.state == PictureState.READY]


def _url(picture: Picture, width: int, kind: str) -> str:
    return url_for("media.file", key=picture.key, width=width, kind=kind)


def _quarter(percent: int) -> int:
    """Nearest of 0, 25, 50, 75, 100: the style sheet has a class for each, because pages have no inline style."""
    return round(percent / 25) * 25
