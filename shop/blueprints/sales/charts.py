"""A bar chart as the macro `bar_chart` draws it: everything is worked out here, in units of its own box."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 4, 64, 22, 24  # the words of the scale stand at the right
MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """One bar: where it stands, and what it says."""

    x: float
    y: float
    width: float
    height: float
    label: str
    text: str
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class Gridline:
    """A line across, with what it stands for."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its words: a title, one sentence on what it shows, and headings of its table."""

    name: str
    title: str
    desc: str
    headings: tuple[str, str]
    bars: tuple[DrawnBar, ...]
    grid: tuple[Gridline, ...]
    width: int = WIDTH
    height: int = HEIGHT


def bar_chart(
    name: str,
    *,
    title: str,
    desc: str,
    headings: tuple[str, str],
    values: Sequence[tuple[str, int]],
    say: Callable[[int], str],
) -> Chart:
    """Lay out a chart of (label, value) pairs; values are whole and not negative. `name` is unique on the page."""
    top = _round_up(max((value for _label, value in values), default=0))
    room = WIDTH - LEFT - RIGHT
    step = room / max(1, len(values))
    depth = HEIGHT - TOP - BOTTOM
    every = -(-len(values) // MOST_LABELS) if values else 1
    bars = tuple(
        DrawnBar(
            x=round(LEFT + index * step + step * 0.12, 2),
            y=round(TOP + depth * (1 - value / top), 2),
            width=round(step * 0.76, 2),
            height=round(depth * value / top, 2),
            label=label,
            text=say(value),
            is_labelled=index % every == 0,
        )
        for index, (label, value) in enumerate(values)
    )
    grid = tuple(
        Gridline(y=round(TOP + depth * (1 - part), 2), text=say(round(top * part)))
        for part in (1.0, 0.5)
    )
    return Chart(name, title, desc, headings, bars, grid)


def _round_up(value: int) -> int:
    """The next round number, whose half is one too: 2, 4, 6, 8, 10, 20, 30 ..."""
    power: int = 10 ** (len(str(value)) - 1)
    steps = (1, 2, 3, 4, 5, 6, 8, 10) if power > 1 else (2, 4, 6, 8, 10)
    return next(step * power for step in steps if step * power >= value)
