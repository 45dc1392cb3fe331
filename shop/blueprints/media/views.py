"""The files of pictures. Named by their content, so they may be kept forever."""

from __future__ import annotations

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from shop.core.files import picture_sizes

bp = Blueprint("media", "shop.blueprints.media")
YEAR_SECONDS = 31_536_000


@bp.get("/media/pictures/<key>-<int:width>.<any(avif, webp):kind>")
def file(key: str, width: int, kind: str) -> ResponseReturnValue:
    """A picture in one of its widths."""
    found = picture_sizes.size_to_send(key, width, kind)
    response = send_file(
        found, mimetype=picture_sizes.MEDIA_TYPES[kind], etag=f"{key[:16]}-{width}-{kind}"
    )
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response
