"""Uploaded pictures: limited, decoded and encoded again, so that nothing but pixels is kept.

They lie apart from other stored files: what a visitor may fetch here can never be a file that is for sale.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from shop.core.errors import NotFound, Refused
from shop.core.files import storage

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 15_000_000
WIDTHS = (320, 640, 1280)
TALLEST = 4096
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
PAPER = "#ffffff"


def keep_picture(content: bytes) -> str:
    """Store a picture as WebP in each of `WIDTHS` (never enlarged), without its metadata; its key.

    Whatever else the bytes were (a page, a script, an archive) is lost when it is encoded again.

    Raises:
        Refused: not a picture of a known kind, or too large.
    """
    if len(content) > MAX_BYTES:
        raise Refused(
            _("Use an image of at most %(n)d MB.", n=MAX_BYTES // 1_000_000), field="picture"
        )
    picture = decoded_picture(content)
    drawn = {width: _drawn(picture, width) for width in WIDTHS}
    key = hashlib.sha256(drawn[max(WIDTHS)]).hexdigest()
    for width, data in drawn.items():
        storage.store().put(_name(key, width), data)
    return key


def picture_to_send(key: str, width: int = max(WIDTHS)) -> Path | io.BytesIO:
    """A picture in one of its widths, for `send_file`.

    Raises:
        NotFound: there is none.
    """
    if not storage.is_key(key) or width not in WIDTHS:
        raise NotFound
    return storage.to_send(_name(key, width))


def decoded_picture(content: bytes) -> Image.Image:
    """A picture's pixels, upright, on white where it was transparent.

    Raises:
        Refused: not a picture of a known kind, or of too many pixels; `field` is picture.
    """
    from shop.core.files.pillow import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                opened.draft("RGB", (2 * max(WIDTHS), 2 * TALLEST))
                return _on_paper(ImageOps.exif_transpose(opened))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refused(_("This image has too many pixels."), field="picture") from None
    except Exception:  # noqa: BLE001 - decoders of hostile bytes raise anything
        raise Refused(_("Use a JPEG, PNG, WebP, AVIF or GIF image."), field="picture") from None


def _on_paper(picture: Image.Image) -> Image.Image:
    from shop.core.files.pillow import Image

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, PAPER), seen).convert("RGB")


def _drawn(picture: Image.Image, width: int) -> bytes:
    from shop.core.files.pillow import Image

    copy = picture.copy()
    copy.thumbnail((width, TALLEST), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    copy.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()


def _name(key: str, width: int) -> str:
    return f"pictures/{key[:2]}/{key}-{width}.webp"
