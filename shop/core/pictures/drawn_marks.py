"""Logos and icons made from what the owner uploads.

An SVG is drawn once, by a library that runs no script and fetches nothing, and only where it holds shapes alone. Import
this in the function that asks for it: no usual page needs what it loads.
"""

from __future__ import annotations

import base64
import io
import re
import warnings
from xml.etree import ElementTree as ET

from flask_babel import gettext as _

from shop.core.errors import Refused
from shop.core.files.pillow import Image, ImageOps
from shop.core.pictures.marks import ICON_BOX, LONGEST, MOST_UPLOADED, png_of

_SHAPES = frozenset(
    {"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "defs", "stop"}
    | {"linearGradient", "radialGradient", "clipPath", "style", "title", "desc", "metadata"}
)
_FARTHEST = 16
"""How many times wider than high, or higher than wide, an SVG may be."""


def kept_mark(content: bytes, box: tuple[int, int]) -> str:
    """An uploaded PNG, SVG or other picture as the settings keep it, no larger than a box.

    Raises:
        Refused: it can't be read, has too many pixels, or is an SVG of more than shapes.
    """
    if len(content) > MOST_UPLOADED:
        raise Refused(_("Use an image of at most %(n)d MB.", n=MOST_UPLOADED // 1_000_000))
    picture = _decoded(_drawn_svg(content, box) if _is_svg(content) else content)
    if box == ICON_BOX:
        picture = ImageOps.pad(picture, (max(picture.size),) * 2, color=(0, 0, 0, 0))
    picture.thumbnail(box, Image.Resampling.LANCZOS)
    kept = base64.b64encode(_as_png(picture)).decode()
    if len(kept) > LONGEST:  # a photo: fewer colours will do at this size
        kept = base64.b64encode(_as_png(picture.quantize(128))).decode()
    return kept


def square_png(kept: str, size: int, ground: str = "") -> bytes:
    """An icon in so many pixels, on a ground where one is named: iOS shows black where it is transparent."""
    picture = Image.open(io.BytesIO(png_of(kept)), formats=("PNG",)).convert("RGBA")
    picture = picture.resize((size, size), Image.Resampling.LANCZOS)
    if ground:
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, ground), picture)
    return _as_png(picture)


def _is_svg(content: bytes) -> bool:
    return b"<svg" in content[:2000].lower()


def _drawn_svg(content: bytes, box: tuple[int, int]) -> bytes:
    import resvg_py  # here: it costs a start, and only who adds an SVG needs it

    text = content.decode("utf-8", "replace")
    root = _safe_svg(text)
    ratio = _ratio(root)
    if not 1 / _FARTHEST <= ratio <= _FARTHEST:
        raise Refused(_("This image is too long for its height."))
    width = max(1, round(min(box[0], box[1] * ratio)))
    try:
        return resvg_py.svg_to_bytes(svg_string=text, width=width)
    except (ValueError, RuntimeError):
        raise Refused(_("This SVG image can’t be read. Save it as PNG.")) from None


def _safe_svg(text: str) -> ET.Element:
    """The root of an SVG that holds shapes alone: no picture, text, reference to another file, script or repetition."""
    if re.search(r"<!(?:DOCTYPE\s[^>]*\[|ENTITY)", text, re.IGNORECASE):
        raise Refused(_("This SVG image can’t be read. Save it as PNG."))
    try:
        root = ET.fromstring(text)  # noqa: S314 - entities are refused above
    except ET.ParseError:
        raise Refused(_("This SVG image can’t be read. Save it as PNG.")) from None
    for each in root.iter():
        name = str(each.tag).rpartition("}")[2]
        is_foreign = "}" in str(each.tag) and "www.w3.org/2000/svg" not in str(each.tag)
        if name not in _SHAPES and not is_foreign:
            message = _(
                "This SVG image holds “%(name)s”, which is more than shapes. Save it as PNG.",
                name=name,
            )
            raise Refused(message)
    return root


def _ratio(root: ET.Element) -> float:
    box = [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", root.get("viewBox", ""))]
    if len(box) == 4 and box[2] > 0 and box[3] > 0:
        return box[2] / box[3]
    sizes = [re.match(r"\d+(?:\.\d+)?", root.get(name, "")) for name in ("width", "height")]
    width, height = (float(each[0]) if each else 0.0 for each in sizes)
    return width / height if width and height else 1.0


def _decoded(content: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("PNG", "WEBP", "JPEG", "GIF")) as opened:
                return ImageOps.exif_transpose(opened).convert("RGBA")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refused(_("This image has too many pixels.")) from None
    except Exception:  # noqa: BLE001 - decoders of hostile bytes raise anything
        raise Refused(_("Use a PNG or SVG image.")) from None


def _as_png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
