"""A picture for each person without an outside service: five small books, always the same for the same address.

It is drawn from a keyed hash, so the address can't be found again from the picture, and is in the page itself: no
request, no cookie, nothing from another site.
"""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.secrets import tokens

SIDE = 46
TONES = 4
_LEAST, _STEP, _HEIGHTS = 12, 4, 7


@dataclass(frozen=True, slots=True)
class Avatar:
    """`tone` is from 0 to 3; `path` draws the backs of the books in a square of 46, as an SVG path to be stroked."""

    tone: int
    path: str


def avatar_of(email: str, name: str) -> Avatar:
    """The picture of whoever writes with an address; of a name, where no address is known."""
    hashed = bytes.fromhex(tokens.fingerprint("comments.avatar", email or name)[:12])
    backs = (
        f"M{5 + 9 * place} {SIDE}V{SIDE - _LEAST - _STEP * (hashed[place] % _HEIGHTS)}"
        for place in range(5)
    )
    return Avatar(tone=hashed[5] % TONES, path="".join(backs))
