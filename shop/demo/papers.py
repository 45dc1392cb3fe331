"""Sets the printed guides: a Markdown file in, an A5 booklet out.

A paper is Markdown after TOML front matter (`pattern` and `tones` of its cover). Each `##` begins a page, and `## 3.
Title` hangs its number in the margin; `###` is a prompt; a paragraph in italics says with whom and for how long. Our
own marks make room for writing: `{lines 4}` rules four lines, `{lines}` rules to the foot of the page, `{blank}` leaves
a gap within a sentence. `{colophon}` closes the last page. Table columns are as wide as the dashes beneath their heads,
and empty cells are ruled.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Final, TypedDict

from fpdf import FPDF
from fpdf.fonts import TTFFont
from markdown_it import MarkdownIt
from markdown_it.token import Token

FONTS: Final = Path(__file__).parent / "content" / "fonts"
FIRST_PRINTING: Final = datetime(2026, 11, 1, tzinfo=UTC)

INK: Final = "#1d1b18"
SOFT_INK: Final = "#6a6258"
HAIRLINE: Final = "#c9bfb0"

# Millimetres on A5; type sizes are in points.
MARGIN: Final = 20.0
TOP: Final = 24.0
FOOT: Final = 189.0
LEADING: Final = 5.15
PARAGRAPH_GAP: Final = 2.4
PEN_GAP: Final = 3.6
RULE_STEP: Final = 8.0
GUTTER: Final = 3.0
BODY: Final = 10.8
HAIR: Final = 0.15

_FRONT_MATTER: Final = re.compile(r"\A\+\+\+\n(.*?)^\+\+\+\n", re.DOTALL | re.MULTILINE)
_NUMBERED: Final = re.compile(r"(\d+)\. (.+)")
_RULED: Final = re.compile(r"\{lines(?: (\d+))?\}")
_BLANK: Final = "--" + "\u00a0" * 28 + "--"


def build_pdf(
    source: Path,
    *,
    title: str,
    subtitle: str,
    author: str,
    created: datetime = FIRST_PRINTING,
) -> bytes:
    """The guide at `source` as a PDF: a cover, then one A5 page for each of its `##` headings.

    `created` is stamped into the file in place of the clock: the same arguments give the same
    bytes, so that a rebuilt guide keeps its digest. Raises `FileNotFoundError` when there is no
    such source, and `ValueError` when its front matter is missing or asks for no known
    cover, or when a page holds more than fits on it: a workbook that spills onto a second sheet
    has to be rewritten, not reflowed.
    """
    cover, markdown = _read(source)
    paper = _Paper(accent=cover["tones"][0], colophon=f"{title}, by {author}")
    try:
        paper.set_creation_date(created)
        paper.set_title(f"{title}: {subtitle}")
        paper.set_author(author)
        paper.set_lang("en-GB")
        paper.cover(title, subtitle, author, **cover)
        for page in _pages(MarkdownIt("commonmark").enable("table").parse(markdown)):
            paper.compose(page, markdown.splitlines())
            if (excess := paper.inked_to - FOOT) > HAIR:
                name = page[1].content
                raise ValueError(f"{source}: {name!r} runs {excess:.0f} mm past its foot")
        return bytes(paper.output())
    finally:
        paper.close_fonts()


class _Cover(TypedDict):
    pattern: str
    tones: Sequence[str]


def _read(source: Path) -> tuple[_Cover, str]:
    """The cover that the front matter asks for, and the Markdown below it."""
    text = source.read_text(encoding="utf-8")
    front_matter = _FRONT_MATTER.match(text)
    if front_matter is None:
        raise ValueError(f"{source}: no front matter between +++ lines")
    match tomllib.loads(front_matter[1]):
        case {"pattern": str(pattern), "tones": [str(ground), str(figure)]}:
            if pattern not in _PATTERNS:
                known = ", ".join(_PATTERNS)
                raise ValueError(f"{source}: cover pattern {pattern!r} is none of {known}")
            return _Cover(pattern=pattern, tones=(ground, figure)), text[front_matter.end() :]
        case _:
            raise ValueError(f"{source}: a cover needs a pattern and two tones")


class _Paper(FPDF):
    def __init__(self, *, accent: str, colophon: str) -> None:
        # The name "A5" warns: fpdf2 rounded its measures differently before 2.8.5.
        super().__init__(format=(148, 210))
        self.accent = accent
        self.colophon = colophon
        self.inked_to = 0.0
        self.set_margins(MARGIN, TOP, MARGIN)
        self.c_margin = 0.0
        # Pages are composed, never broken: build_pdf refuses one that is too long.
        self.set_auto_page_break(False)
        for style, file in {"": "Regular", "I": "Italic", "B": "SemiBold"}.items():
            self.add_font("EBGaramond", style, FONTS / f"EBGaramond-{file}.ttf")
        self.set_font("EBGaramond", size=BODY)
        # Kerning, ligatures and old-style figures need HarfBuzz. Without it the page is plainer.
        if find_spec("uharfbuzz"):
            self.set_text_shaping(True, features={"kern": True, "liga": True, "onum": True})

    def close_fonts(self) -> None:
        """fpdf2 leaves the font files open, and the garbage collector would complain of it."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def footer(self) -> None:
        if self.page_no() > 1:
            self.set_xy(MARGIN, 196)
            self._ink(SOFT_INK, size=9)
            self.cell(self.epw, LEADING, str(self.page_no()), align="C")

    def cover(
        self, title: str, subtitle: str, author: str, *, pattern: str, tones: Sequence[str]
    ) -> None:
        ground, figure = tones
        self.add_page()
        self.set_fill_color(ground)
        self.rect(0, 0, self.w, self.h, style="F")
        self.set_draw_color(figure)
        self.set_line_width(0.25)
        self.rect(7, 7, self.w - 14, self.h - 14)
        _PATTERNS[pattern](self)
        self.set_xy(16, 18)
        self._ink(figure, size=34)
        self.multi_cell(100, 13.5, title, align="L")
        self.set_xy(16, self.h - 27)
        self._small_capitals(subtitle, size=13)
        self.set_xy(self.w / 2, self.h - 27)
        self._ink(figure, "I", size=13)
        self.cell(self.w / 2 - 16, 7, author, align="R")
        self.set_line_width(HAIR)

    def compose(self, tokens: Sequence[Token], source: Sequence[str]) -> None:
        """One page, from its heading to its foot."""
        self.add_page()
        marker = ""
        for token, inline in pairwise([*tokens, Token("eof", "", 0)]):
            match token.type:
                case "heading_open" if token.tag == "h2":
                    self._heading(inline.content)
                case "heading_open":
                    self._prompt(inline.content)
                case "list_item_open":
                    marker = f"{token.info}." if token.info else "\u2013"
                case "list_item_close":
                    marker = ""
                case "paragraph_open":
                    self._paragraph(inline, marker)
                case "table_open":
                    heads, *rows = _rows(tokens[tokens.index(token) :])
                    self._table(heads, rows, _dashes(token, source))
                case _:
                    pass

    def _heading(self, text: str) -> None:
        number, title = found.groups() if (found := _NUMBERED.fullmatch(text)) else (None, text)
        self.start_section(text)
        if number:
            self._ink(self.accent, size=33)
            self.set_xy(0, TOP - 6.2)
            self.cell(MARGIN - 2.5, 14, number, align="R")
        self._ink(INK, size=21)
        self.set_xy(MARGIN, TOP - 4)
        self.multi_cell(self.epw, 9, title, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def _prompt(self, text: str) -> None:
        self.ln(1.4)
        self._ink(INK, "B", size=BODY)
        self.multi_cell(self.epw, LEADING, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(0.8)

    def _paragraph(self, inline: Token, marker: str) -> None:
        if ruled := _RULED.fullmatch(inline.content):
            self._rule_lines(int(ruled[1]) if ruled[1] else None)
        elif inline.content == "{colophon}":
            self._colophon()
        elif _is_direction(inline):
            self._direction(inline)
        else:
            indent = 5.0 if marker else 0.0
            self._ink(INK, size=BODY)
            if marker:
                self.cell(indent, LEADING, marker)
            self.set_x(MARGIN + indent)
            self._set(inline, self.epw - indent)
            self._leave(PARAGRAPH_GAP)

    def _direction(self, inline: Token) -> None:
        """With whom and for how long, between the title and a hairline."""
        self._ink(SOFT_INK, size=BODY)
        self._set(inline, self.epw)
        self.ln(1.6)
        self.set_draw_color(HAIRLINE)
        self.line(MARGIN, self.get_y(), MARGIN + self.epw, self.get_y())
        self.ln(3.4)

    def _rule_lines(self, count: int | None) -> None:
        """`count` lines, or as many as the page still holds; a full page gets one, and fails."""
        self.set_draw_color(HAIRLINE)
        if count is None:
            count = max(1, int((FOOT - self.get_y()) / RULE_STEP))
        for _ in range(count):
            self.ln(RULE_STEP)
            self.line(MARGIN, self.get_y(), MARGIN + self.epw, self.get_y())
        self._leave(PEN_GAP)

    def _table(
        self, heads: Sequence[Token], rows: Sequence[Sequence[Token]], shares: Sequence[int]
    ) -> None:
        room = self.epw - GUTTER * (len(heads) - 1)
        widths = [room * share / sum(shares) for share in shares]
        self._ink(SOFT_INK, "I", size=9.6)
        self._row(heads, widths, LEADING + 1)
        self._ink(INK, size=BODY)
        for cells in rows:
            self._row(cells, widths, RULE_STEP)
        self._leave(PEN_GAP)

    def _row(self, cells: Sequence[Token], widths: Sequence[float], height: float) -> None:
        self.set_draw_color(HAIRLINE)
        top, left = self.get_y(), MARGIN
        for cell, width in zip(cells, widths, strict=True):
            self.set_xy(left, top + height - LEADING - 0.6)
            self.cell(width, LEADING, _marked(cell), markdown=True)
            self.line(left, top + height, left + width, top + height)
            left += width + GUTTER
        self.set_xy(MARGIN, top + height)

    def _colophon(self) -> None:
        self.set_y(FOOT - 2 * 4.2)
        self._ink(SOFT_INK, size=8.4)
        note = (
            f"{self.colophon}. Set in EB Garamond. For one household, which may print as many "
            "copies as it needs."
        )
        self.multi_cell(self.epw, 4.2, note, align="C", new_x="LMARGIN", new_y="NEXT")
        self._leave(0)

    def _leave(self, gap: float) -> None:
        """White below a block. At the foot of a page it may run over the edge; text may not."""
        self.inked_to = self.get_y()
        self.ln(gap)

    def _set(self, inline: Token, width: float) -> None:
        self.multi_cell(
            width, LEADING, _marked(inline), align="L", markdown=True, new_x="LMARGIN", new_y="NEXT"
        )

    def _small_capitals(self, text: str, *, size: float) -> None:
        self.set_font("EBGaramond", "", size)
        self.set_char_spacing(0.8)
        self.cell(self.w / 2, 7, text.upper())
        self.set_char_spacing(0)

    def _ink(self, colour: str, style: str = "", *, size: float) -> None:
        self.set_text_color(colour)
        self.set_font("EBGaramond", style, size)


def _rings(pdf: FPDF) -> None:
    for radius in range(6, 49, 6):
        pdf.circle(pdf.w / 2, 122, radius)


def _steps(pdf: FPDF) -> None:
    for flight in range(7):
        left, top = 16.0, 84.0 + flight * 8
        path = [(left, top + 40)]
        for stair in range(1, 9):
            height = top + 40 - stair * 5
            path += [(left + (stair - 1) * 14.5, height), (left + stair * 14.5, height)]
        pdf.polyline(path)


_PATTERNS: Final[dict[str, Callable[[FPDF], None]]] = {"rings": _rings, "steps": _steps}


def _pages(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    starts = [
        at for at, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h2"
    ]
    for start, end in pairwise([*starts, len(tokens)]):
        yield tokens[start:end]


def _rows(table: Sequence[Token]) -> Iterator[list[Token]]:
    """The cells of each row, as inline tokens, up to the end of the first table."""
    row: list[Token] = []
    for token in table:
        match token.type:
            case "tr_open":
                row = []
            case "inline":
                row.append(token)
            case "tr_close":
                yield row
            case "table_close":
                return
            case _:
                pass


def _dashes(table: Token, source: Sequence[str]) -> list[int]:
    """How wide the writer drew each column, which the parser forgets but for the line numbers."""
    first_line, _ = table.map or (0, 0)
    return [cell.count("-") for cell in source[first_line + 1].strip().strip("|").split("|")]


def _is_direction(inline: Token) -> bool:
    """A page's direction is a paragraph in italics from end to end, and nothing else is."""
    parts = [part for part in inline.children or [] if part.content or part.nesting]
    return (
        bool(parts)
        and parts[0].type == "em_open"
        and parts[-1].type == "em_close"
        and len(parts) == 3
    )


def _marked(inline: Token) -> str:
    """The sentence in fpdf2's own markup, in which italics and underlining differ from Markdown."""
    marks = {
        "strong_open": "**",
        "strong_close": "**",
        "em_open": "__",
        "em_close": "__",
        "softbreak": " ",
    }
    text = "".join(marks.get(part.type, part.content) for part in inline.children or [])
    return text.replace("{blank}", _BLANK)
