"""What is drawn on covers: six patterns in one line weight, each varied by a seed.

A pattern draws into a field that begins at 0, 0 and is clipped at its edges; lengths are in units of the cover, which
is 300 wide. Strokes and their colour are set by the cover.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from random import Random

INSET = 17.0
"""From the field's edge to where the type begins."""

Pattern = Callable[[float, float, Random], Iterator[str]]


def rings(width: float, height: float, random: Random) -> Iterator[str]:
    """Circles around a centre that moves a little, like the rings of a tree."""
    count = 9
    widest = min(width / 2 - INSET, height / 2 - 10)
    turn, drift = random.uniform(0, math.tau), random.uniform(0.8, 2.2)
    for ring in range(1, count + 1):
        radius = widest * ring / count
        away = drift * (count - ring)
        x, y = width / 2 + away * math.cos(turn), height / 2 + away * math.sin(turn)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'


def waves(width: float, height: float, random: Random) -> Iterator[str]:
    """Waves that grow towards the reader."""
    count, length, phase = 13, random.uniform(96, 132), random.uniform(0, math.tau)
    for row in range(count):
        near = (row + 1) / count
        y = 10 + (height - 30) * near**1.15
        swell = 7 + 13 * near
        start = -length + length / 3 * math.sin(phase + row * 0.55)
        quarter, half = length / 4, length / 2
        more = f"t{half:.1f} 0" * (2 * math.ceil((width + 2 * length) / length))
        yield f'<path d="M{start:.1f} {y:.1f}q{quarter:.1f} {-swell:.1f} {half:.1f} 0{more}"/>'


def grid(width: float, height: float, random: Random) -> Iterator[str]:
    """A quilt: squares, some of them with a quarter round or a seam, a few of them full."""
    columns = 6
    side = (width - 2 * INSET) / columns
    rows = int((height - 6) / side)
    top = height - rows * side - 3
    for row in range(rows):
        for column in range(columns):
            x, y = INSET + column * side, top + row * side
            yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{side:.1f}" height="{side:.1f}"/>'
            yield _patch(x, y, side, random.randrange(9))


def _patch(x: float, y: float, side: float, kind: int) -> str:
    if kind < 2:
        return f'<path d="M{x:.1f} {y + side:.1f}a{side:.1f} {side:.1f} 0 0 1 {side:.1f} {-side:.1f}"/>'
    if kind < 4:
        return f'<path d="M{x:.1f} {y:.1f}a{side:.1f} {side:.1f} 0 0 1 {side:.1f} {side:.1f}"/>'
    if kind == 4:
        return f'<path d="M{x:.1f} {y:.1f}l{side:.1f} {side:.1f}"/>'
    if kind == 5:
        return (
            f'<rect x="{x + 4:.1f}" y="{y + 4:.1f}" width="{side - 8:.1f}" height="{side - 8:.1f}"'
            ' fill="currentColor" fill-opacity=".8" stroke="none"/>'
        )
    return ""


def leaves(width: float, height: float, random: Random) -> Iterator[str]:
    """A branch with leaves on both sides, longest at the middle."""
    middle, lean, pairs = width / 2, random.uniform(-16, 16), 6
    yield (
        f'<path d="M{middle:.1f} {height}Q{middle:.1f} {height * 0.5:.1f} {middle + lean:.1f} {height * 0.14:.1f}"/>'
    )
    for pair in range(pairs):
        up = (pair + 0.35) / pairs
        y = height * (1 - 0.78 * up)
        x = middle + lean * up**2
        reach = (width / 2 - INSET) * (0.45 + 0.5 * math.sin(math.pi * (0.18 + 0.72 * up)))
        for side in (-1, 1):
            length = reach * random.uniform(0.9, 1.05)
            yield _leaf(x, y - (side + 1) * 5, side * length, -length * 0.42)


def _leaf(x: float, y: float, across: float, up: float) -> str:
    belly = abs(across) * 0.24
    one, two = (
        f"{across * 0.5:.1f} {up * 0.5 - belly:.1f}",
        f"{-across * 0.5:.1f} {belly - up * 0.5:.1f}",
    )
    tip = f"{across:.1f} {up:.1f}"
    return (
        f'<path d="M{x:.1f} {y:.1f}q{one} {tip}q{two} {-across:.1f} {-up:.1f}'
        f'm0 0l{across * 0.82:.1f} {up * 0.82:.1f}"/>'
    )


def threads(width: float, height: float, random: Random) -> Iterator[str]:
    """Threads that cross on their way from one edge to the other."""
    count = 17
    waist = random.uniform(0.36, 0.64)
    for thread in range(count):
        start = 8 + (height - 16) * thread / (count - 1)
        end = height - start + random.uniform(-5, 5)
        yield (
            f'<path d="M0 {start:.1f}C{width * waist:.1f} {start:.1f} {width * (1 - waist):.1f} {end:.1f}'
            f' {width} {end:.1f}"/>'
        )


def steps(width: float, height: float, random: Random) -> Iterator[str]:
    """Stairs, one behind the other."""
    count, flights = random.randint(5, 7), 9
    going, gap = width / count, 11.0
    rise = (height - 16 - gap * (flights - 1)) / (count - 1)
    for flight in range(flights):
        y = height - 8 - gap * (flights - 1 - flight)
        climb = f"h{going:.1f}v{-rise:.1f}" * (count - 1)
        x = -going * (flights - 1 - flight) / flights
        yield f'<path d="M{x:.1f} {y:.1f}{climb}h{2 * going:.1f}"/>'


PATTERNS: dict[str, Pattern] = {
    "rings": rings,
    "waves": waves,
    "grid": grid,
    "leaves": leaves,
    "threads": threads,
    "steps": steps,
}
