"""Draws pictures in their sizes, outside of any transaction."""

from __future__ import annotations

from typing import Any

from shop.core.pictures import sizes
from shop.core.pictures.drawing import tag_of
from shop.core.pictures.models import Picture, PictureState
from shop.plugins.api import NotFound, Refused, db, purge, unit_of_work


def draw_sizes(payload: dict[str, Any]) -> None:
    """Draw a picture in all its sizes, outside of any transaction, and throw away what was uploaded."""
    picture = db.session.get(Picture, payload["picture_id"])
    if picture is None or picture.state != PictureState.WAITING:
        return
    key = picture.key
    db.session.rollback()
    try:
        size = sizes.draw(key, sizes.upload(key))
    except (Refused, NotFound):
        size = None
    with unit_of_work():
        picture = db.session.get_one(Picture, payload["picture_id"], with_for_update=True)
        if size is not None:
            picture.width, picture.height = size
        picture.state = PictureState.READY if size else PictureState.FAILED
        purge(tag_of(picture.id))
    sizes.forget_upload(key)
