"""Invoice, credit note and receipt as PDF, set in bundled fonts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from shop.blueprints.invoices.papers import Paper
from shop.blueprints.invoices.wording import Fact, Worded
from shop.core.files.sheet import TEXT, Sheet

INK: Final = "#1d1b18"
SOFT: Final = "#5b554c"
RULE: Final = "#c9bfb0"
ACCENT: Final = "#8c2f2b"
MARGIN: Final = 22.0
FOOT: Final = 34.0
NUMBER_WIDTHS: Final = (16.0, 30.0, 32.0)
"""Millimetres of the columns for quantity, price and amount."""


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool = False
    ink: str = INK
    leading: float = 5.2


TITLE: Final = _Style(26, ink=ACCENT, leading=11)
PLAIN: Final = _Style(10.5)
STRONG: Final = _Style(10.5, bold=True)
SMALL: Final = _Style(9, ink=SOFT, leading=4.4)
LABEL: Final = _Style(9, ink=SOFT)
TOTAL: Final = _Style(13, bold=True, leading=7)


class _PaperSheet(Sheet):
    """A sheet that repeats who sells at its foot."""

    def __init__(self, paper: Paper, worded: Worded) -> None:
        super().__init__(unit="mm", format=paper.paper_size)
        self.foot_lines = worded.foot
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(auto=True, margin=FOOT)
        self.use_type(*worded.all_texts())

    @property
    def width(self) -> float:
        """Of a line of text."""
        return float(self.epw)

    def say(
        self,
        text: str,
        style: _Style = PLAIN,
        *,
        w: float = 0,
        align: str = "L",
        x: float | None = None,
    ) -> None:
        """Set a text in its own lines, from `x` on, and go below it."""
        for line in self._lines_of(text, style, w or self.width):
            self.set_x(self.l_margin if x is None else x)
            self.dress(style)
            self.cell(
                w or self.width, style.leading, line, align=align, new_x="LMARGIN", new_y="NEXT"
            )

    def height_of(self, text: str, style: _Style, *, w: float) -> float:
        """How much room a text takes downwards."""
        return style.leading * len(self._lines_of(text, style, w))

    def _lines_of(self, text: str, style: _Style, w: float) -> list[str]:
        self.dress(style)
        lines = self.multi_cell(w, style.leading, text, dry_run=True, output="LINES")
        return lines if isinstance(lines, list) else [text]

    def dress(self, style: _Style) -> None:
        """Switch to a style. The font is named again each time: fpdf2 loses it after a line that is all in a
        fallback."""
        bold = "B" if style.bold else ""
        self.set_font(TEXT, bold, style.size + 1)
        self.set_font(TEXT, bold, style.size)
        self.set_text_color(style.ink)

    def rule(self, *, gap: float = 2.0) -> None:
        """A hairline across the page."""
        self.set_y(self.get_y() + gap)
        self.set_draw_color(RULE)
        self.set_line_width(0.2)
        self.line(self.l_margin, self.get_y(), self.l_margin + self.width, self.get_y())
        self.set_y(self.get_y() + gap)

    def footer(self) -> None:
        """Who sells, and which page this is."""
        self.set_y(-FOOT + 6)
        self.rule(gap=1.5)
        for line in self.foot_lines:
            self.say(line, SMALL)
        self.set_y(-12)
        self.dress(SMALL)
        self.cell(w=self.width, h=4, text=f"{self.page_no()} / {{nb}}", align="R")


def as_pdf(paper: Paper, worded: Worded) -> bytes:
    """A document as PDF: the same document gives the same bytes."""
    sheet = _PaperSheet(paper, worded)
    sheet.set_title(worded.title)
    sheet.set_author(paper.seller.name)
    sheet.set_creation_date(worded.issued_at)
    sheet.set_lang(worded.language)
    sheet.add_page()
    _head(sheet, worded)
    _lines(sheet, worded)
    _sums(sheet, worded)
    _rest(sheet, worded)
    return bytes(sheet.output())


def _head(sheet: _PaperSheet, worded: Worded) -> None:
    sheet.say(worded.seller_name, STRONG)
    sheet.set_y(sheet.get_y() + 10)
    sheet.say(worded.kind, TITLE)
    top = sheet.get_y() + 5
    half = sheet.width / 2
    sheet.set_y(top)
    sheet.say(worded.buyer_heading, LABEL, w=half - 6)
    for line in worded.buyer_lines:
        sheet.say(line, PLAIN, w=half - 6)
    left_end = sheet.get_y()
    sheet.set_y(top)
    _facts(sheet, worded.facts, x=sheet.l_margin + half, width=half)
    sheet.set_y(max(left_end, sheet.get_y()) + 8)


def _facts(sheet: _PaperSheet, facts: Iterable[Fact], *, x: float, width: float) -> None:
    for fact in facts:
        top = sheet.get_y()
        sheet.say(fact.label, LABEL, w=width * 0.4, x=x)
        label_end = sheet.get_y()
        sheet.set_y(top)
        sheet.say(fact.text, PLAIN, w=width * 0.6, x=x + width * 0.4, align="R")
        sheet.set_y(max(label_end, sheet.get_y()))


def _lines(sheet: _PaperSheet, worded: Worded) -> None:
    first = sheet.width - sum(NUMBER_WIDTHS)
    widths = (first, *NUMBER_WIDTHS)
    _heading(sheet, worded, widths)
    for line in worded.lines:
        height = sheet.height_of(line.title, PLAIN, w=first - 4) + 4
        height += SMALL.leading if line.detail else 0
        if sheet.will_page_break(height):
            sheet.add_page()
            _heading(sheet, worded, widths)
        top = sheet.get_y()
        _numbers(sheet, (line.quantity, line.unit, line.total), widths, PLAIN)
        sheet.set_y(top)
        sheet.say(line.title, PLAIN, w=first - 4)
        if line.detail:
            sheet.say(line.detail, SMALL, w=first - 4)
        sheet.rule(gap=1.6)


def _heading(sheet: _PaperSheet, worded: Worded, widths: Sequence[float]) -> None:
    top = sheet.get_y()
    _numbers(sheet, worded.headings[1:], widths, SMALL)
    sheet.set_y(top)
    sheet.say(worded.headings[0], SMALL, w=widths[0])
    sheet.rule(gap=1.2)


def _numbers(
    sheet: _PaperSheet, texts: Sequence[str], widths: Sequence[float], style: _Style
) -> None:
    sheet.set_x(sheet.l_margin + widths[0])
    for text, width in zip(texts, widths[1:], strict=True):
        sheet.dress(style)
        sheet.cell(w=width, h=style.leading, text=text, align="R")


def _sums(sheet: _PaperSheet, worded: Worded) -> None:
    if sheet.will_page_break(6 * (len(worded.sums) + 2)):
        sheet.add_page()
    width = sheet.width * 0.56
    x = sheet.l_margin + sheet.width - width
    sheet.set_y(sheet.get_y() + 1)
    for fact in worded.sums:
        _sum(sheet, fact, PLAIN, x=x, width=width)
    sheet.set_y(sheet.get_y() + 1)
    _sum(sheet, worded.total, TOTAL, x=x, width=width)
    for fact in worded.taxes:
        _sum(sheet, fact, SMALL, x=x, width=width)


def _sum(sheet: _PaperSheet, fact: Fact, style: _Style, *, x: float, width: float) -> None:
    top = sheet.get_y()
    sheet.say(fact.text, style, w=40, x=x + width - 40, align="R")
    sheet.set_y(top)
    sheet.say(fact.label, style, w=width - 40, x=x)


def _rest(sheet: _PaperSheet, worded: Worded) -> None:
    sheet.set_y(sheet.get_y() + 8)
    for text in worded.remarks:
        sheet.say(text, PLAIN)
        sheet.set_y(sheet.get_y() + 2)
    if worded.small_print:
        sheet.set_y(sheet.get_y() + 2)
        sheet.say(worded.small_print, SMALL)
