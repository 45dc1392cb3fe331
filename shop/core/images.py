"""Pictures from outside: read with suspicion, drawn anew, so that nothing but pixels comes in."""

from __future__ import annotations

import io
import warnings

from flask_babel import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from shop.core import storage
from shop.core.errors import Refused

MAX_BYTES = 15_000_000
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 1200
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")

Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def keep_picture(content: bytes) -> str:
    """Store a picture as WebP, at most 1,200 pixels a side, without its metadata; its storage key.

    Whatever else the bytes were (a page, a script, an archive) does not survive being drawn anew.

    Raises:
        Refused: not a picture of a known kind, or too large.
    """
    if len(content) > MAX_BYTES:
        raise Refused(
            _("Use a picture of at most %(n)d MB.", n=MAX_BYTES // 1_000_000), field="picture"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refused(_("This picture has too many pixels."), field="picture") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Refused(_("Use a JPEG, PNG, WebP, AVIF or GIF picture."), field="picture") from None
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    drawn = io.BytesIO()
    picture.save(drawn, "WEBP", quality=82, method=4)
    return storage.keep(drawn.getvalue())
