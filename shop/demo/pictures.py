"""Plants the pictures of the magazine: drawings, which become pictures of the library."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from shop.demo import reading
from shop.plugins import registry

_WIDTH: Final = 1280
_NAMED: Final = re.compile(r"^::picture\[([a-z-]+)(?= \||\])(.*)\]$", re.MULTILINE)
_SAID: Final = {
    "plates": ("Three white plates and a red cup in a rack beside a plant", ""),
    "two-cups": (
        "A white and a red cup on a table below a window, a written page between them",
        "",
    ),
}
"""What each shows, and its caption."""


def plant_pictures() -> Mapping[str, int]:
    """Draw each and take it into the library; their numbers by name."""
    if not registry().has("media"):
        return {}
    import resvg_py

    from shop.blueprints.media import services

    numbers = {}
    for path in sorted((reading.CONTENT / "pictures").glob("*.svg")):
        drawn = resvg_py.svg_to_bytes(svg_string=path.read_text(encoding="utf-8"), width=_WIDTH)
        picture = services.add_picture(bytes(drawn), f"{path.stem}.png")
        alt, caption = _SAID[path.stem]
        services.describe_picture(picture, alt=alt, caption=caption, focus=(50, 50))
        numbers[path.stem] = picture.id
    return numbers


def with_numbers(body: str, numbers: Mapping[str, int]) -> str:
    """A text that names its pictures by their numbers; those that are not there are left out."""

    def number(found: re.Match[str]) -> str:
        return f"::picture[{numbers[found[1]]}{found[2]}]" if found[1] in numbers else ""

    return _NAMED.sub(number, body)
