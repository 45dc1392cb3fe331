"""Papers as PDF: the type they are set in, and a line written on pages that somebody else made.

Names are of every script, so type comes from bundled fonts: one that has the look, and two that are only opened when a
text holds something that the first one lacks. Arabic and Hebrew are shaped and run from right to left.
"""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

FONTS: Final = Path(__file__).parent / "fonts"
TEXT: Final = "text"
_FALLBACKS: Final = {"signs": "DejaVuSans.ttf", "han": "DroidSansFallback.ttf"}
_POINTS_A_MM: Final = 72 / 25.4
_STAMP_MM: Final = 6.0
_SOFT_INK: Final = "#6a6258"
_OPENING: Final = threading.Lock()

logging.getLogger("fontTools").setLevel(logging.ERROR)


class Sheet(FPDF):
    """Pages set in our type. Call `use_type` with everything that will stand on them before the first line is set."""

    def use_type(self, *texts: str) -> None:
        """Open the fonts that these texts need."""
        self.add_font(TEXT, "", FONTS / "EBGaramond-Regular.ttf")
        self.add_font(TEXT, "B", FONTS / "EBGaramond-SemiBold.ttf")
        missing = _missing("".join(texts))
        fallbacks = [name for name in _FALLBACKS if missing & _covered(_FALLBACKS[name])]
        for name in fallbacks:
            self.add_font(name, "", FONTS / _FALLBACKS[name])
        if fallbacks:
            self.set_fallback_fonts(fallbacks, exact_match=False)
        self.set_text_shaping(use_shaping_engine=bool(fallbacks))
        self.set_font(TEXT, size=11)


def _missing(text: str) -> frozenset[int]:
    return frozenset(map(ord, text)) - _covered("EBGaramond-Regular.ttf")


@lru_cache(maxsize=8)
def _covered(font: str) -> frozenset[int]:
    with _OPENING, TTFont(FONTS / font, lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def is_writable(content: bytes) -> bool:
    """Whether a line can be written on the pages of a file: it is a PDF, whole and not encrypted."""
    try:
        _open(content)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
    return True


def _open(content: bytes) -> PdfReader:
    reader = PdfReader(BytesIO(content), strict=False)
    if reader.is_encrypted or not len(reader.pages):
        raise ValueError("encrypted, or without pages")
    return reader


def stamp(content: bytes, line: str) -> bytes:
    """The same PDF with `line` small at the foot of each page. Takes some hundredths of a second a page.

    Raises:
        ValueError, PyPdfError: nothing can be written on it.
    """
    writer = PdfWriter(clone_from=_open(content))
    marks: dict[tuple[float, float], PdfReader] = {}
    for page in writer.pages:
        page.transfer_rotation_to_content()
        size = (float(page.mediabox.width), float(page.mediabox.height))
        if size not in marks:
            marks[size] = PdfReader(BytesIO(_mark(line, *size)))
        page.merge_translated_page(
            marks[size].pages[0], float(page.mediabox.left), float(page.mediabox.bottom)
        )
        page.compress_content_streams()
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _mark(line: str, width: float, height: float) -> bytes:
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
