"""Covers of articles without a picture: the number that a title begins with, or its initial, large beside a pattern.

The title itself stands beside the cover wherever it is shown, so the cover does not repeat it. Pattern and colours are
those of the picture that networks show of the same page.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from random import Random

from markupsafe import escape

from shop.core.covers.design import SERIF
from shop.core.covers.lettering import is_right_to_left
from shop.core.covers.patterns import PATTERNS
from shop.core.covers.sharing import SharedPicture

WIDTH, HEIGHT = 480, 320
FRAME = 10
DESIGN = "1"
"""Count up when these covers are drawn differently, so that browsers fetch them again."""
_NUMBER = re.compile(r"\W{0,3}(\d{1,3})(?!\d)")
_EDGE, _BASELINE, _SIZE = 34, 268, 236
_FIELD_BEGINS = 196
_FIELD = (WIDTH - FRAME - _FIELD_BEGINS, HEIGHT - 2 * FRAME)


def initial_of(title: str) -> str:
    """The number of at most three digits that a title begins with, or its first letter; empty where it has none."""
    composed = unicodedata.normalize("NFC", title)
    number = _NUMBER.match(composed)
    if number:
        return number[1]
    return next((letter.upper() for letter in composed if letter.isalnum()), "")


def initial_svg(picture: SharedPicture) -> str:
    """The cover as an SVG document."""
    ground, figure = map(escape, picture.tones)
    chance = Random(picture.seed)  # noqa: S311 - a drawing, not a secret
    initial, (width, height) = initial_of(picture.title), _FIELD
    drawn = "".join(PATTERNS[picture.pattern](width, height, chance))
    left = FRAME if is_right_to_left(initial) else _FIELD_BEGINS
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>{escape(picture.title)}</title>"
        f'<path fill="{ground}" d="M0 0h{WIDTH}v{HEIGHT}H0z"/>'
        f'<g fill="none" stroke="{figure}" color="{figure}" stroke-width="1.2" stroke-opacity=".6">'
        f'<svg x="{left}" y="{FRAME}" width="{width}" height="{height}">{drawn}</svg>'
        f'<path d="M{FRAME} {FRAME}h{WIDTH - 2 * FRAME}v{HEIGHT - 2 * FRAME}H{FRAME}z"/></g>'
        f"{_letter(initial, ground, figure)}</svg>"
    )


def initial_fingerprint(picture: SharedPicture) -> str:
    """What the cover depends on, in few characters, for its address."""
    parts = (DESIGN, initial_of(picture.title), picture.title, picture.seed, picture.pattern)
    return hashlib.blake2b("\n".join((*parts, *picture.tones)).encode(), digest_size=6).hexdigest()


def _letter(initial: str, ground: str, figure: str) -> str:
    """The initial. A broad edge in the colour of the ground keeps the pattern away from one that reaches over it."""
    if not initial:
        return ""
    place = f'x="{WIDTH - _EDGE}" text-anchor="end"'
    if not is_right_to_left(initial):
        place = f'x="{_EDGE}"'
    return (
        f'<text {place} y="{_BASELINE}" font-family="{SERIF}" font-size="{_SIZE}" fill="{figure}" stroke="{ground}"'
        f' stroke-width="22" stroke-linejoin="round" paint-order="stroke">{escape(initial)}</text>'
    )
