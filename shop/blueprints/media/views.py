"""The files of pictures. Named by their content, so they may be kept forever."""

from __future__ import annotations

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from shop.core.pictures import sizes
from shop.core.pictures.drawing import ADDRESS
from shop.core.web.security import shown_elsewhere

bp = Blueprint("media", "shop.blueprints.media")
YEAR_SECONDS = 31_536_000


@bp.get(ADDRESS)
def file(key: str, width: int, kind: str) -> ResponseReturnValue:
    """A picture in one of its widths."""
    found = sizes.size_to_send(key, width, kind)
    response = send_file(found, mimetype=sizes.MEDIA_TYPES[kind], etag=f"{key[:16]}-{width}-{kind}")
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return shown_elsewhere(response)
