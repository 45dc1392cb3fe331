"""The picture in the place of a film, a recording or a post that is not loaded yet: lines of a pattern, and a sign.

It stands inside a page and has the colours of its text, so that it is light or dark as the page is.
"""

from __future__ import annotations

from random import Random

from markupsafe import Markup

from shop.core.covers.patterns import PATTERNS

WIDTH, HEIGHT = 320, 180
_PATTERNS = ("rings", "waves", "threads")
"""Those of few lines."""
_PLAY = '<path fill="currentColor" stroke="none" d="M150 74l28 16-28 16z"/>'
_SIGNS = {
    "film": _PLAY,
    "sound": '<path d="M147 84v12M153 77v26M159 81v18M165 73v34M171 82v16M177 86v8"/>',
    "post": '<path d="M145 78h30v20h-16l-8 8v-8h-6z"/>',
}


def player_drawing(seed: str, kind: str) -> Markup:
    """The picture as SVG to stand in a page. `kind`: film, sound or post."""
    chance = Random(seed)  # noqa: S311 - a drawing, not a secret
    drawn = "".join(PATTERNS[chance.choice(_PATTERNS)](WIDTH, HEIGHT, chance))
    return Markup(  # noqa: S704 - drawn from numbers alone
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice" aria-hidden="true" fill="none"'
        f' stroke="currentColor"><g stroke-opacity=".28">{drawn}</g>'
        f'<g class="embed__sign" stroke-width="2"><circle cx="160" cy="90" r="30"/>{_SIGNS[kind]}</g></svg>'
    )
