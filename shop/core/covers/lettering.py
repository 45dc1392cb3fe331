"""Setting type without a browser: how wide words are, where lines break, how large a title may be."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MOST_LINES = 4
LEADING = 1.16
"""The distance of two lines, in sizes of the type."""

# Widths of a Palatino in em; a narrow fallback only leaves more room.
_WIDTHS = {
    **dict.fromkeys("ijl.,;:'’!|", 0.29),
    **dict.fromkeys("ftrsI()[]-", 0.38),
    **dict.fromkeys("mwMW@—", 0.9),
    " ": 0.25,
}
_CAPITAL, _SMALL, _WIDE = 0.72, 0.54, 1.02


def set_title(title: str, sizes: Sequence[int], most: float) -> tuple[int, list[str]]:
    """The largest size at which a title takes three lines at most, and its lines; the smallest may take four.

    `sizes` from the largest down; no line is wider than `most`, in the units of the sizes.
    """
    for size in sizes:
        lines = _wrap(title.split(), size, most)
        if len(lines) <= 3 and all(width(line, size) <= most for line in lines):
            return size, _balance(title.split(), size, most, len(lines))
    size = sizes[-1]
    lines = _wrap(list(_pieces(title, size, most)), size, most)
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], shortened(lines[MOST_LINES - 1] + "…", size, most)]
    return size, lines


def shortened(text: str, size: float, most: float, spacing: float = 0) -> str:
    """A text that fits into one line, its end left out where it must be."""
    while len(text) > 1 and width(text, size, spacing) > most:
        text = text[:-2].rstrip(" ,") + "…"
    return text


def width(text: str, size: float, spacing: float = 0) -> float:
    """How wide a line becomes, `spacing` between its letters."""
    return sum(_letter(letter) * size + spacing for letter in text)


def is_right_to_left(text: str) -> bool:
    """Whether a text begins at the right: its first letter with a direction tells."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind for kind in strong if kind in {"L", "R", "AL"}), "L") != "L"


def _wrap(words: Sequence[str], size: int, most: float) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and width(f"{lines[-1]} {word}", size) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _balance(words: Sequence[str], size: int, most: float, count: int) -> list[str]:
    best = _wrap(words, size, most)
    for narrower in range(int(most), int(most / 2), -8):
        lines = _wrap(words, size, narrower)
        if len(lines) > count or any(width(line, size) > most for line in lines):
            break
        best = lines
    return best


def _pieces(title: str, size: int, most: float) -> Sequence[str]:
    """Words, those too long for a line cut where they must be."""
    pieces = []
    for word in title.split():
        rest = word
        while width(rest, size) > most:
            cut = next(
                n for n in range(len(rest), 0, -1) if n == 1 or width(rest[:n], size) <= most
            )
            pieces.append(rest[:cut])
            rest = rest[cut:]
        pieces.append(rest)
    return pieces


def _letter(letter: str) -> float:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if unicodedata.east_asian_width(letter) in "WF":
        return _WIDE
    return _CAPITAL if letter.isupper() else _SMALL
