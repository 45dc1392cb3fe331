"""How pages show pictures of the library: addresses in several widths, and what must stay in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from shop.core.pages.page_cache import made_of
from shop.core.pictures import sizes
from shop.core.pictures.models import Picture, PictureState
from shop.extensions import db

ADDRESS = "/media/pictures/<key>-<int:width>.<any(avif, webp):kind>"
"""Where the media library answers for the files."""


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
    sources: tuple[PictureSource, ...]
    sizes: str
    width: int
    height: int
    focus: str


def drawn(picture: Picture, widest: int) -> Drawn:
    """A picture that is ready, drawn at most so many CSS pixels wide."""
    widths = sizes.widths_of(picture.width)
    sources = tuple(
        PictureSource(
            sizes.MEDIA_TYPES[kind],
            ", ".join(f"{picture_path(picture, width, kind)} {width}w" for width in widths),
        )
        for kind in sizes.picture_kinds()
    )
    shown = min(widest, picture.width)
    return Drawn(
        picture.alt,
        picture.caption,
        picture_path(picture, width_for(picture, widest), "webp"),
        sources,
        f"(min-width: {shown + 48}px) {shown}px, 100vw",
        picture.width,
        picture.height,
        f"focus-x-{_quarter(picture.focus_x)} focus-y-{_quarter(picture.focus_y)}",
    )


def shown(picture: Picture | None, widest: int) -> Drawn | None:
    """A picture that somebody chose, if it can be shown now. The page is made of it, and purged with it."""
    if picture is None:
        return None
    made_of(tag_of(picture.id))
    return drawn(picture, widest) if is_showable(picture) else None


def all_shown(numbers: Sequence[int], widest: int) -> list[Drawn]:
    """Pictures by their numbers, in this order; those that can't be shown are left out."""
    made_of(*map(tag_of, numbers))
    return [drawn(each, widest) for each in drawable(numbers) if is_showable(each)]


def drawable(picture_ids: Sequence[int]) -> list[Picture]:
    """Pictures by their numbers, in this order; those that are deleted or not there are left out."""
    query = select(Picture).where(Picture.id.in_(picture_ids), Picture.removed_at.is_(None))
    found = {picture.id: picture for picture in db.session.scalars(query)}
    return [found[each] for each in picture_ids if each in found]


def is_showable(picture: Picture) -> bool:
    """Whether it is drawn in its sizes, not deleted, and this site answers for its files."""
    return (
        picture.state == PictureState.READY and picture.removed_at is None and _are_served(picture)
    )


def _are_served(picture: Picture) -> bool:
    """A site without the media library has no address for them."""
    try:
        current_app.url_map.bind("").match(picture_path(picture, sizes.WIDTHS[0], "webp"))
    except HTTPException:
        return False
    return True


def picture_path(picture: Picture, width: int, kind: str) -> str:
    """The address of a picture in one of its widths."""
    return f"/media/pictures/{picture.key}-{width}.{kind}"


def width_for(picture: Picture, widest: int) -> int:
    """The least width in which a picture is there that fills so many pixels, or its widest."""
    widths = sizes.widths_of(picture.width)
    return next((width for width in widths if width >= widest), widths[-1])


def tag_of(picture_id: int) -> str:
    """What pages say that they are made of when they show a picture."""
    return f"media:picture:{picture_id}"


def _quarter(percent: int) -> int:
    """Nearest of 0, 25, 50, 75, 100: the style sheet has a class for each, because pages have no inline style."""
    return round(percent / 25) * 25
