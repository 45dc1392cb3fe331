"""Typographic covers: a shop without photographs still looks designed.

A cover is an SVG made from title, subtitle, a pattern and two tones; the product's slug is the seed of what varies. It
holds no script, no style and no font of its own.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterator
from random import Random

from markupsafe import escape

from shop.blueprints.catalog.models import Product

WIDTH, HEIGHT = 300, 400
MARGIN = 22
TONE = re.compile(r"#[0-9a-fA-F]{6}")
TITLE_SIZE, TITLE_LEADING = 30, 35
SERIF = "'Iowan Old Style', Palatino, 'Palatino Linotype', P052, Georgia, serif"
SANS = "system-ui, sans-serif"
# The field below the title in which a pattern is drawn: left, top, right, bottom.
FIELD = (MARGIN, 165, WIDTH - MARGIN, HEIGHT - 54)


def svg(product: Product) -> str:
    """The cover of a product as an SVG document."""
    ground, figure = product.cover_tones
    random = Random(product.slug)  # noqa: S311 - a drawing, not a secret
    lines = _wrap(product.title, TITLE_SIZE)
    drawing = "".join(PATTERNS[product.cover_pattern](random))
    title = "".join(
        f'<text x="{MARGIN + 4}" y="{62 + index * TITLE_LEADING}">{escape(line)}</text>'
        for index, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>{escape(product.title)}</title>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{ground}"/>'
        f'<rect x="8.5" y="8.5" width="{WIDTH - 17}" height="{HEIGHT - 17}" fill="none" stroke="{figure}"'
        ' stroke-opacity=".45"/>'
        f'<g color="{figure}" fill="none" stroke="{figure}" stroke-width="1.1" stroke-opacity=".75">{drawing}</g>'
        f'<g fill="{figure}" font-family="{SERIF}" font-size="{TITLE_SIZE}">{title}</g>'
        f'<text x="{MARGIN + 4}" y="{HEIGHT - 26}" fill="{figure}" fill-opacity=".85" font-family="{SANS}"'
        f' font-size="11.5" letter-spacing="1.6">{escape(_shorten(product.subtitle.upper(), 27))}</text>'
        "</svg>"
    )


def fingerprint(product: Product) -> str:
    """What a cover depends on, in few characters, for its address."""
    parts = (
        product.title,
        product.subtitle,
        product.cover_pattern,
        *product.cover_tones,
        product.slug,
    )
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=5).hexdigest()


def _wrap(title: str, size: int) -> list[str]:
    """Lines of a title set in a serif, at most four; a letter is about half as wide as it is high."""
    most = int((WIDTH - 2 * MARGIN - 8) / (size * 0.5))
    lines = [""]
    for word in title.split():
        candidate = f"{lines[-1]} {word}".strip()
        if len(candidate) <= most or not lines[-1]:
            lines[-1] = _shorten(candidate, most + 2)
        else:
            lines.append(_shorten(word, most + 2))
    if len(lines) > 4:
        lines = [*lines[:3], _shorten(f"{lines[3]}…", most + 2)]
    return lines


def _shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _rings(random: Random) -> Iterator[str]:
    left, top, right, bottom = FIELD
    x, y = (left + right) / 2 + random.uniform(-14, 14), (top + bottom) / 2
    for step in range(1, 9):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{step * 11}"/>'


def _waves(random: Random) -> Iterator[str]:
    left, top, right, bottom = FIELD
    phase, height = random.uniform(0, math.tau), random.uniform(5, 9)
    for row in range(11):
        y = top + 12 + row * (bottom - top - 24) / 10
        points = " ".join(
            f"{x:.0f},{y + height * math.sin(x / 26 + phase + row * 0.42):.1f}"
            for x in range(left, right + 1, 8)
        )
        yield f'<polyline points="{points}" stroke-linejoin="round"/>'


def _grid(random: Random) -> Iterator[str]:
    left, top, right, bottom = FIELD
    columns, rows = 8, 6
    width, height = (right - left) / columns, (bottom - top) / rows
    for row in range(rows):
        for column in range(columns):
            x, y = left + column * width, top + row * height
            fill = ' fill-opacity=".5"' if random.random() < 0.18 else ' fill-opacity="0"'
            yield (
                f'<rect x="{x + 3:.1f}" y="{y + 3:.1f}" width="{width - 6:.1f}" height="{height - 6:.1f}"'
                f' fill="currentColor"{fill}/>'
            )


def _leaves(random: Random) -> Iterator[str]:
    left, top, right, bottom = FIELD
    middle = (left + right) / 2
    yield f'<path d="M{middle} {bottom}C{middle - 8} {bottom - 60} {middle + 8} {top + 60} {middle} {top + 4}"/>'
    for step in range(7):
        y = bottom - 14 - step * (bottom - top - 40) / 6
        reach = 74 - step * 7 + random.uniform(-6, 6)
        for side in (-1, 1):
            tip_x, tip_y = middle + side * reach, y - 26
            yield (
                f'<path d="M{middle} {y:.0f}Q{middle + side * reach * 0.4:.0f} {y - 34:.0f} {tip_x:.0f} {tip_y:.0f}'
                f'Q{middle + side * reach * 0.6:.0f} {y + 6:.0f} {middle} {y:.0f}Z"/>'
            )


def _threads(random: Random) -> Iterator[str]:
    left, top, right, bottom = FIELD
    for row in range(16):
        start = top + row * (bottom - top) / 15
        end = top + (15 - row) * (bottom - top) / 15 + random.uniform(-9, 9)
        yield (
            f'<path d="M{left} {start:.0f}C{left + 90} {start:.0f} {right - 90} {end:.0f} {right} {end:.0f}"/>'
        )


def _steps(random: Random) -> Iterator[str]:
    left, top, right, bottom = FIELD
    count = 8
    width, height = (right - left) / count, (bottom - top - 8) / count
    for offset in range(3):
        x, y, path = left + offset * 9.0, bottom - offset * 9.0, ""
        for _step in range(count - 1):
            rise = height * random.uniform(0.8, 1.05)
            path += f"h{width:.1f}v{-rise:.1f}"
        yield f'<path d="M{x:.1f} {y:.1f}{path}"/>'


PATTERNS: dict[str, Callable[[Random], Iterator[str]]] = {
    "rings": _rings,
    "waves": _waves,
    "grid": _grid,
    "leaves": _leaves,
    "threads": _threads,
    "steps": _steps,
}
