"""Typographic covers: a shop without photographs still looks designed.

A cover is an SVG made from title, subtitle, a pattern and two tones; the product's slug is the seed of what varies. It
holds no script, no style sheet and no font of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from random import Random
from typing import Protocol

from markupsafe import Markup, escape

from shop.core.covers.lettering import LEADING, is_right_to_left, set_title, shortened
from shop.core.covers.patterns import PATTERNS
from shop.core.text import clean_line, slugify

WIDTH, HEIGHT = 300, 400
FRAME = 9
LEFT, RIGHT = 26, 274
TITLE_SIZES = (37, 33, 29, 26, 23)
SUBTITLE_SIZE, SUBTITLE_SPACING = 11, 1.5
TONE = re.compile(r"#[0-9a-fA-F]{6}")
SERIF = "'Iowan Old Style',Palatino,'Palatino Linotype',P052,Georgia,serif"
SANS = "system-ui,sans-serif"
DESIGN = "3"
"""Count up when covers are drawn differently, so that browsers fetch them again."""


class Covered(Protocol):
    """What a cover is drawn from. Tones are ground and figure, as #rrggbb."""

    @property
    def title(self) -> str: ...
    @property
    def subtitle(self) -> str: ...
    @property
    def slug(self) -> str: ...
    @property
    def cover_pattern(self) -> str: ...
    @property
    def cover_tones(self) -> Sequence[str]: ...


def svg(book: Covered) -> str:
    """The cover as an SVG document."""
    ground, figure = map(escape, book.cover_tones)
    title, subtitle = clean_line(book.title), clean_line(book.subtitle)
    size, lines = set_title(title, TITLE_SIZES, RIGHT - LEFT)
    top = round(FRAME + 19 + size + (len(lines) - 1) * size * LEADING + size * 0.5)
    bottom = HEIGHT - (48 if subtitle else 26)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>{escape(title)}</title>"
        f'<path fill="{ground}" d="M0 0h{WIDTH}v{HEIGHT}H0z"/>'
        f'<g fill="none" stroke="{figure}" color="{figure}" stroke-width="1.1" stroke-opacity=".72">'
        f"{_drawing(book, top, bottom)}"
        f'<path stroke-opacity=".5" d="M8.5 8.5h{WIDTH - 17}v{HEIGHT - 17}H8.5z"/></g>'
        f'<g fill="{figure}">{_title(title, size, lines)}{_subtitle(subtitle, title)}</g></svg>'
    )


def drawing(book: Covered) -> Markup:
    """The cover to stand in a page, for an editor who tries another pattern."""
    return Markup(svg(book))  # noqa: S704 - every word in it is escaped, every tone was checked


def cover_fingerprint(book: Covered) -> str:
    """What a cover depends on, in few characters, for its address."""
    parts = (
        DESIGN,
        book.title,
        book.subtitle,
        book.cover_pattern,
        *book.cover_tones,
        book.slug,
    )
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=6).hexdigest()


def _drawing(book: Covered, top: int, bottom: int) -> str:
    width, height = WIDTH - 2 * FRAME, bottom - top
    random = Random(book.slug or slugify(book.title))  # noqa: S311 - a drawing, not a secret
    drawn = "".join(PATTERNS[book.cover_pattern](width, height, random))
    # An inner <svg> clips what reaches over its edges.
    return f'<svg x="{FRAME}" y="{top}" width="{width}" height="{height}">{drawn}</svg>'


def _title(title: str, size: int, lines: Sequence[str]) -> str:
    spans = "".join(
        f'<tspan x="{_start(title)}" y="{FRAME + 19 + size + round(index * size * LEADING)}">{escape(line)}</tspan>'
        for index, line in enumerate(lines)
    )
    return f'<text font-family="{SERIF}" font-size="{size}"{_direction(title)}>{spans}</text>'


def _subtitle(subtitle: str, title: str) -> str:
    if not subtitle:
        return ""
    said = shortened(subtitle.upper(), SUBTITLE_SIZE, RIGHT - LEFT, SUBTITLE_SPACING)
    # Letters of a joined script must not be pulled apart.
    spacing = "" if is_right_to_left(said) else f' letter-spacing="{SUBTITLE_SPACING}"'
    return (
        f'<text x="{_start(title)}" y="{HEIGHT - 25}" font-family="{SANS}" font-size="{SUBTITLE_SIZE}"{spacing}'
        f'{_direction(said)}{_anchor(said, title)} fill-opacity=".9">{escape(said)}</text>'
    )


def _start(text: str) -> int:
    return RIGHT if is_right_to_left(text) else LEFT


def _anchor(said: str, title: str) -> str:
    """A subtitle stands below the beginning of its title, though it may be read the other way."""
    return ' text-anchor="end"' if is_right_to_left(said) != is_right_to_left(title) else ""


def _direction(text: str) -> str:
    return ' direction="rtl"' if is_right_to_left(text) else ""
