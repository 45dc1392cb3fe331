"""What happens to pictures: added, described, deleted, restored, and in the end forgotten."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePath

from sqlalchemy import select

from shop.core import clock
from shop.core.database import lock_names
from shop.core.pictures import sizes
from shop.core.pictures.drawing import tag_of
from shop.core.pictures.models import NAME_LENGTH, Picture, PictureState
from shop.core.text import clean_line
from shop.plugins.api import db, enqueue, purge

JOB = "media.draw_sizes"
RESTORABLE = timedelta(days=30)
MOST_FORGOTTEN = 100


def add_picture(content: bytes, name: str) -> Picture:
    """Take a picture into the library; the same bytes again are the same picture, restored if it was deleted.

    Raises:
        Refused: not a picture of a known kind, or too large; `field` is pictures.
    """
    width, height = sizes.look_at(content)
    key = sizes.keep_upload(content)
    lock_names(f"media:{key}")  # whoever sends the same bytes at this moment finds what we add
    found = db.session.scalar(select(Picture).where(Picture.key == key).with_for_update())
    if found is None:
        shown = clean_line(PurePath(name).name)[:NAME_LENGTH]
        found = Picture(key=key, name=shown, width=width, height=height)
        db.session.add(found)
        db.session.flush()
    found.removed_at = None
    if found.state != PictureState.READY:
        found.state = PictureState.WAITING
        enqueue(JOB, {"picture_id": found.id})
    else:
        sizes.forget_upload(key)
    purge(tag_of(found.id))
    return found


def describe_picture(picture: Picture, *, alt: str, caption: str, focus: tuple[int, int]) -> None:
    """Say what a picture shows, what stands below it, and what must stay in sight where it is cut (in percent)."""
    picture.alt, picture.caption = alt, caption
    picture.focus_x, picture.focus_y = focus
    purge(tag_of(picture.id))


def delete_picture(picture: Picture) -> None:
    """Delete a picture: articles draw nothing in its place. It can be restored for 30 days."""
    picture.removed_at = picture.removed_at or clock.now()
    purge(tag_of(picture.id))


def undelete_picture(picture: Picture) -> None:
    """Undo that it was deleted."""
    picture.removed_at = None
    purge(tag_of(picture.id))


def forget_removed() -> None:
    """Delete for good, with their files, what was deleted 30 days ago."""
    gone = db.session.scalars(
        select(Picture)
        .where(Picture.removed_at < clock.now() - RESTORABLE)
        .order_by(Picture.id)
        .limit(MOST_FORGOTTEN)
        .with_for_update()
    ).all()
    for picture in gone:
        sizes.forget_sizes(picture.key, picture.width)
        sizes.forget_upload(picture.key)
        db.session.delete(picture)
