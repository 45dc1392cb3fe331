"""Drawn portraits: whoever has no photograph has their initials, in the colours and lines of our covers."""

from __future__ import annotations

import hashlib
from random import Random
from typing import Final

from markupsafe import escape

from shop.core.covers.design import SERIF
from shop.core.covers.patterns import PATTERNS
from shop.core.covers.sharing import TONES

SIDE: Final = 160
DESIGN: Final = "1"
"""Count up when portraits are drawn differently, so that browsers fetch them again."""
_LETTERS, _MIDDLE = 66, 80
_BEHIND: Final = ("rings", "waves", "leaves", "threads", "steps")
"""Patterns before which letters can be read."""


def portrait_svg(name: str, seed: str) -> str:
    """A round picture of 160 by 160 as an SVG document; the same for the same name and seed."""
    chance = Random(seed)  # noqa: S311 - a drawing, not a secret
    ground, figure = chance.choice(TONES)
    drawn = "".join(PATTERNS[chance.choice(_BEHIND)](SIDE, SIDE, chance))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img"><title>{escape(name)}</title>'
        f'<clipPath id="round"><circle cx="{_MIDDLE}" cy="{_MIDDLE}" r="{_MIDDLE}"/></clipPath>'
        f'<g clip-path="url(#round)"><path fill="{ground}" d="M0 0h{SIDE}v{SIDE}H0z"/>'
        f'<g fill="none" stroke="{figure}" color="{figure}" stroke-width="1.1" stroke-opacity=".3">{drawn}</g>'
        f'<text x="{_MIDDLE}" y="{_MIDDLE + _LETTERS * 0.34:.0f}" font-family="{SERIF}" font-size="{_LETTERS}"'
        f' text-anchor="middle" fill="{figure}" stroke="{ground}" stroke-width="5" paint-order="stroke">'
        f"{escape(first_letters(name))}</text></g></svg>"
    )


def first_letters(name: str) -> str:
    """The first letters of the first and the last word of a name; one letter of a name of one word."""
    words = [word for word in name.split() if word[0].isalnum()] or [name[:1] or "?"]
    return "".join(word[0].upper() for word in dict.fromkeys((words[0], words[-1])))


def portrait_fingerprint(name: str, seed: str) -> str:
    """What a portrait depends on, in few characters, for its address."""
    return hashlib.blake2b(f"{DESIGN}\n{name}\n{seed}".encode(), digest_size=6).hexdigest()
