"""PDF pages set in bundled fonts.

Names may be in any script, so two more fonts are opened when a text holds characters that the first one lacks. Arabic
and Hebrew are shaped and run from right to left.

To load what sets type takes a tenth of a start and 20 MB, so this module is only imported where something is printed.
"""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from typing import Final

from fontTools.ttLib import TTFont
from fpdf import FPDF

from shop.core.files import FONTS

TEXT: Final = "text"
_FALLBACKS: Final = {"signs": "DejaVuSans.ttf", "han": "DroidSansFallback.ttf"}
_OPENING: Final = threading.Lock()

logging.getLogger("fontTools").setLevel(logging.ERROR)


class Sheet(FPDF):
    """Pages set in our type. Call `use_type` with everything that will be on them before the first line is set."""

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
