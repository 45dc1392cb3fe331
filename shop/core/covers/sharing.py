"""What is shown where a page is shared: a picture of 1200 by 630 with its title, in the colours and lines of its cover.

Networks take no SVG, so it is drawn as one and turned into a PNG (Open Graph protocol, https://ogp.me/).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Final

from markupsafe import escape

from shop.core.covers.lettering import LEADING, is_right_to_left, set_title, shortened
from shop.core.covers.patterns import PATTERNS
from shop.core.files import FONTS

WIDTH: Final = 1200
HEIGHT: Final = 630
TONES: Final = (
    ("#8c2f2b", "#f2e6d8"),
    ("#47523a", "#eeead8"),
    ("#2f4a53", "#e6ebe6"),
    ("#4a3a4f", "#efe6e4"),
    ("#6b4423", "#f3e9dc"),
    ("#2d3a5c", "#e8e9f0"),
)
"""Ground and figure of what has no colours of its own; each pair has a contrast of at least 7 to 1."""

DESIGN = "2"
"""Count up when the pictures are drawn differently, so that networks fetch them again."""
_LEFT, _MOST = 84, 590
_FIELD_LEFT, _FIELD_TOP, _FIELD_SIZE = 730, 75, (240, 300)
_SCALE = 1.6
_SIZES = (104, 92, 80, 68, 58)
_SMALL, _SPACING = 27, 3.2
_SERIF = "EB Garamond"


@dataclass(frozen=True, slots=True)
class SharedPicture:
    """What the picture of a page says. `seed` is what its drawing varies by, and tones are ground and figure."""

    title: str
    above: str
    below: str
    seed: str
    pattern: str
    tones: tuple[str, str]


def of_words(title: str, above: str, below: str, seed: str) -> SharedPicture:
    """The picture of a page that has no cover: pattern and colours come from its seed, so they stay the same."""
    return SharedPicture(title, above, below, seed, *_chosen_by(seed))


@lru_cache(maxsize=1000)
def _chosen_by(seed: str) -> tuple[str, tuple[str, str]]:
    chance = Random(seed)  # noqa: S311 - a drawing, not a secret
    return chance.choice(list(PATTERNS)), chance.choice(TONES)


def picture_fingerprint(picture: SharedPicture) -> str:
    """What the picture depends on, in few characters, for its address."""
    parts = (DESIGN, picture.title, picture.above, picture.below, picture.seed, picture.pattern)
    return hashlib.blake2b("\n".join((*parts, *picture.tones)).encode(), digest_size=6).hexdigest()


def png(picture: SharedPicture) -> bytes:
    """The picture as PNG, set in our own fonts, so that it is the same on every machine."""
    import resvg_py

    return resvg_py.svg_to_bytes(
        svg_string=picture_svg(picture),
        width=WIDTH,
        skip_system_fonts=True,
        font_files=[str(path) for path in sorted(FONTS.glob("*.ttf"))],
        font_family=_SERIF,
    )


def picture_svg(picture: SharedPicture) -> str:
    """The drawing that the PNG is made of: words before the pattern as its title is read, so mirrored in Arabic."""
    ground, figure = map(escape, picture.tones)
    size, lines = set_title(picture.title, _SIZES, _MOST)
    is_mirrored = is_right_to_left(picture.title)
    start = f'x="{WIDTH - _LEFT}" text-anchor="end"' if is_mirrored else f'x="{_LEFT}"'
    middle = HEIGHT / 2 + size * 0.32
    first = round(middle - (len(lines) - 1) * size * LEADING / 2)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<path fill="{ground}" d="M0 0h{WIDTH}v{HEIGHT}H0z"/>'
        f'<g fill="none" stroke="{figure}" color="{figure}" stroke-width="1.1" stroke-opacity=".72">'
        f"{_drawing(picture, is_mirrored=is_mirrored)}"
        f'<path stroke-opacity=".5" stroke-width="2" d="M24 24h{WIDTH - 48}v{HEIGHT - 48}H24z"/></g>'
        f'<g fill="{figure}" font-family="{_SERIF}">{_small(picture.above, start, 108)}'
        f"{_title(lines, start, size, first)}{_small(picture.below, start, HEIGHT - 78)}</g></svg>"
    )


def _drawing(picture: SharedPicture, *, is_mirrored: bool) -> str:
    width, height = _FIELD_SIZE
    left = WIDTH - _FIELD_LEFT - width * _SCALE if is_mirrored else _FIELD_LEFT
    chance = Random(picture.seed)  # noqa: S311 - a drawing, not a secret
    drawn = "".join(PATTERNS[picture.pattern](width, height, chance))
    return (
        f'<g transform="translate({left:g} {_FIELD_TOP}) scale({_SCALE})">'
        f'<svg width="{width}" height="{height}">{drawn}</svg></g>'
    )


def _title(lines: Sequence[str], start: str, size: int, first: int) -> str:
    return "".join(
        f'<text {start} y="{first + round(index * size * LEADING)}" font-size="{size}">{escape(line)}</text>'
        for index, line in enumerate(lines)
    )


def _small(text: str, start: str, y: int) -> str:
    if not text:
        return ""
    said = shortened(text.upper(), _SMALL, _MOST, _SPACING)
    # Letters of a joined script must not be pulled apart.
    spacing = "" if is_right_to_left(said) else f' letter-spacing="{_SPACING}"'
    return f'<text {start} y="{y}" font-size="{_SMALL}" font-weight="600"{spacing}>{escape(said)}</text>'
