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
    "plates": "Three white plates and a red cup in a rack beside a plant",
    "two-cups": "A white and a red cup on a table below a window, a written page between them",
    "evening-one": "The page of the first evening: What happened, with ruled space to write in",
    "evening-four": "The page of the fourth evening: Ten minutes each, with ruled space to write in",
    "last-page": "The last page: Marking the distance, with ruled space to write in",
    "ines-marlow": "A woman with dark hair and round red glasses",
}
"""What each shows."""


def plant_pictures(folder: str = "pictures") -> Mapping[str, int]:
    """Draw each of a folder and take it into the library; their numbers by name."""
    if not registry().has("media"):
        return {}
    import resvg_py

    from shop.blueprints.media import services

    numbers = {}
    fonts = [str(path) for path in sorted((reading.CONTENT / "fonts").glob("*.ttf"))]
    for path in sorted((reading.CONTENT / folder).glob("*.svg")):
        source = path.read_text(encoding="utf-8")
        drawn = resvg_py.svg_to_bytes(svg_string=source, width=_WIDTH, font_files=fonts)
        picture = services.add_picture(bytes(drawn), f"{path.stem}.png")
        alt = _SAID[path.stem]
        services.describe_picture(picture, alt=alt, caption="", focus=(50, 50))
        numbers[path.stem] = picture.id
    return numbers


def with_numbers(body: str, numbers: Mapping[str, int]) -> str:
    """A text that names its pictures by their numbers; those that are not there are left out."""

    def number(found: re.Match[str]) -> str:
        return f"::picture[{numbers[found[1]]}{found[2]}]" if found[1] in numbers else ""

    return _NAMED.sub(number, body)
