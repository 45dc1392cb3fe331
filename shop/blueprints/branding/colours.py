"""Colours and their contrast, after WCAG 2.2 (relative luminance, contrast ratio)."""

from __future__ import annotations

import re

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
LEAST = 4.5
LIGHT_GROUNDS = ("#fbf8f3", "#fffdfa", "#f3eee6", "#f7ebe6")
DARK_GROUNDS = ("#171512", "#201d19", "#1f1c18", "#2a1e1a")
ON_LIGHT, ON_DARK = "#fffaf4", "#21110d"
"""What is written on the accent in each scheme; all of these are tokens of `tokens.css`."""
_STEP = 0.06


def contrast(one: str, other: str) -> float:
    """From 1 to 21, of two colours as #rrggbb."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def least_contrast(colour: str, grounds: tuple[str, ...]) -> float:
    """The contrast to the ground on which a colour is hardest to read."""
    return min(contrast(colour, ground) for ground in grounds)


def made_readable(colour: str) -> str:
    """A colour for the dark scheme: as it is, or as much lighter as reading it there takes."""
    share = 0.0
    found = colour
    while least_contrast(found, (*DARK_GROUNDS, ON_DARK)) < LEAST:
        share += _STEP
        found = _mixed(colour, 255, min(share, 1))
    return found


def stronger(colour: str, *, is_dark: bool) -> str:
    """A little further from the ground: for what is pointed at."""
    return _mixed(colour, 255 if is_dark else 0, 0.2)


def _mixed(colour: str, end: int, share: float) -> str:
    parts = (round(part + (end - part) * share) for part in _parts(colour))
    return "#" + "".join(f"{part:02x}" for part in parts)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
