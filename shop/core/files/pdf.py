"""A line written on the pages of a PDF that someone else made.

What reads PDF and sets type is loaded where it is needed: most processes never do, and it is an eighth of a start.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pypdf import PdfReader

_POINTS_A_MM: Final = 72 / 25.4
_STAMP_MM: Final = 6.0
_SOFT_INK: Final = "#6a6258"


class NotWritable(ValueError):
    """Nothing can be written on it: it is not a PDF, or not whole, or locked."""


def is_writable(content: bytes) -> bool:
    """Whether a line can be written on the pages of a file: it is a PDF, whole and not encrypted."""
    try:
        _open(content)
    except NotWritable:
        return False
    return True


def _open(content: bytes) -> PdfReader:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if not reader.is_encrypted and len(reader.pages):
            return reader
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotWritable(repr(error)) from error
    raise NotWritable("encrypted, or without pages")


def stamp(content: bytes, line: str) -> bytes:
    """The same PDF with `line` small at the foot of each page. Takes some hundredths of a second a page.

    Raises:
        NotWritable: it can't be done.
    """
    from pypdf import PdfReader, PdfWriter
    from pypdf.errors import PyPdfError

    original = _open(content)
    marks: dict[tuple[float, float], PdfReader] = {}
    out = BytesIO()
    try:
        writer = PdfWriter(clone_from=original)
        for page in writer.pages:
            page.transfer_rotation_to_content()
            size = (float(page.mediabox.width), float(page.mediabox.height))
            if size not in marks:
                marks[size] = PdfReader(BytesIO(_mark(line, *size)))
            page.merge_translated_page(
                marks[size].pages[0], float(page.mediabox.left), float(page.mediabox.bottom)
            )
            page.compress_content_streams()
        writer.write(out)
    except (PyPdfError, ValueError) as error:
        raise NotWritable(repr(error)) from error
    return out.getvalue()


def _mark(line: str, width: float, height: float) -> bytes:
    from shop.core.files.sheet import Sheet

    sheet = Sheet(unit="pt", format=(width, height))
    sheet.set_auto_page_break(auto=False)
    sheet.set_margin(0)
    sheet.add_page()
    sheet.use_type(line)
    sheet.set_font_size(7.5)
    sheet.set_text_color(_SOFT_INK)
    sheet.set_y(height - _STAMP_MM * _POINTS_A_MM)
    sheet.cell(w=width, h=9, text=line, align="C")
    return bytes(sheet.output())
