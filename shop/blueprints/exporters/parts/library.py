"""The media library: each picture in its largest size, or as it came until it is drawn, with what is said of it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.archive import Archive
from shop.core.pictures import sizes
from shop.core.pictures.models import Picture, PictureState
from shop.plugins.api import NotFound, row_values, rows_in_batches


def write_library(archive: Archive) -> int:
    """Write each picture that can be drawn and was not deleted; how many there were."""
    shown = select(Picture).where(
        Picture.removed_at.is_(None), Picture.state != PictureState.FAILED
    )
    said = []
    for picture in rows_in_batches(shown, Picture.id):
        is_drawn = picture.state == PictureState.READY
        name = f"{layout.LIBRARY}{picture.key}{'.webp' if is_drawn else ''}"
        try:
            archive.add_bytes(name, _largest(picture) if is_drawn else sizes.upload(picture.key))
        except NotFound:
            continue
        said.append({"number": picture.id, "file": name, **row_values(picture)})
    archive.add_json(layout.LIBRARY_LIST, said)
    return len(said)


def _largest(picture: Picture) -> bytes:
    width = sizes.widths_of(picture.width)[-1]
    found = sizes.size_to_send(picture.key, width, "webp")
    return found.read_bytes() if isinstance(found, Path) else found.read()
