"""Pictures in several widths, as WebP and AVIF, for browsers to choose from. Nothing but pixels is kept."""

from __future__ import annotations

import hashlib
import io
import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from flask_babel import gettext as _

from shop.core.errors import NotFound, Refused
from shop.core.files import images, storage

WIDTHS = (320, 640, 960, 1280, 1920)
"""Of these a picture has those below its own width, and its own up to the widest."""
SAVED_WITH: dict[str, dict[str, int]] = {"webp": {"quality": 80}, "avif": {"quality": 60}}
"""By ending: what Pillow is told when it writes such a file."""
MEDIA_TYPES = {"avif": "image/avif", "webp": "image/webp"}
"""The smaller one first: browsers take the first that they know."""


def look_at(content: bytes) -> tuple[int, int]:
    """Width and height of a picture, by its head alone: nothing is decoded.

    Raises:
        Refused: not a picture of a known kind, too many bytes or too many pixels; `field` is pictures.
    """
    if len(content) > images.MAX_BYTES:
        megabytes = images.MAX_BYTES // 1_000_000
        raise Refused(_("Use an image of at most %(n)d MB.", n=megabytes), field="pictures")
    from shop.core.files.pillow import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=images.FORMATS) as opened:
                width, height = opened.size
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refused(_("This image has too many pixels."), field="pictures") from None
    except Exception:  # noqa: BLE001 - decoders of hostile bytes raise anything
        raise Refused(_("Use a JPEG, PNG, WebP, AVIF or GIF image."), field="pictures") from None
    return width, height


def draw(key: str, content: bytes) -> tuple[int, int]:
    """Draw a picture in each of its widths under a key; the width and height of the upright picture.

    Raises:
        Refused: the bytes can't be decoded.
    """
    from shop.core.files.pillow import Image

    picture = images.decoded_picture(content)
    for width in widths_of(picture.width):
        height = max(1, round(picture.height * width / picture.width))
        drawn = picture.resize((width, height), Image.Resampling.LANCZOS)
        for kind in picture_kinds():
            out = io.BytesIO()
            drawn.save(out, kind.upper(), **SAVED_WITH[kind])
            storage.store().put(_name(key, width, kind), out.getvalue())
    return picture.size


def widths_of(width: int) -> tuple[int, ...]:
    """In which widths a picture of this width is there, ascending."""
    return (*(each for each in WIDTHS if each < width), *([width] if width <= max(WIDTHS) else []))


@cache
def picture_kinds() -> tuple[str, ...]:
    """The endings of the files: AVIF where this Pillow can write it, and WebP."""
    return ("avif", "webp") if find_spec("PIL._avif") else ("webp",)


def size_to_send(key: str, width: int, kind: str) -> Path | io.BytesIO:
    """A picture in one of its widths, for `send_file`.

    Raises:
        NotFound: there is none.
    """
    if not storage.is_key(key) or kind not in SAVED_WITH:
        raise NotFound
    return storage.to_send(_name(key, width, kind))


def forget_sizes(key: str, width: int) -> None:
    """Throw all sizes of a picture of this width away."""
    for each in widths_of(width):
        for kind in SAVED_WITH:
            storage.store().drop(_name(key, each, kind))


def keep_upload(content: bytes) -> str:
    """Keep what was uploaded until it is drawn; its key. Apart from all other files, which may have the same bytes."""
    key = hashlib.sha256(content).hexdigest()
    storage.store().put(_upload(key), content)
    return key


def upload(key: str) -> bytes:
    """What was uploaded.

    Raises:
        NotFound: it was thrown away.
    """
    return storage.store().get(_upload(key))


def forget_upload(key: str) -> None:
    """Throw away what was uploaded, with all that it says about a place or a camera."""
    storage.store().drop(_upload(key))


def _name(key: str, width: int, kind: str) -> str:
    return f"media/{key[:2]}/{key}-{width}.{kind}"


def _upload(key: str) -> str:
    return f"media/uploads/{key}"
