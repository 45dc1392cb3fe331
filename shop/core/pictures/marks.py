"""The logo and the icon of a site: small pictures that keep what is transparent in them.

They are part of the settings, as PNG in base64: so they go along in every backup and export, and every host has them.
`drawn_marks` makes them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from functools import lru_cache

from flask import current_app
from werkzeug.exceptions import HTTPException

MOST_UPLOADED = 2_000_000
LONGEST = 300_000
"""Characters of one in the settings."""
LOGO_BOX, ICON_BOX = (720, 144), (512, 512)
"""Pixels that they are drawn into: three to four for each of the page."""
ADDRESS = '/brand/<any("logo", "logo-dark"):name>.png'


@dataclass(frozen=True, slots=True)
class Mark:
    """A logo as pages show it; `url` is a path, `width` and `height` are pixels of the file."""

    url: str
    width: int
    height: int


def png_of(kept: str) -> bytes:
    """The PNG of what the settings keep; nothing where they keep none that can be read."""
    try:
        return base64.b64decode(kept, validate=True)
    except binascii.Error:
        return b""


def shown_mark(name: str, kept: str) -> Mark | None:
    """A logo as pages show it; None where there is none, or nobody answers for its address."""
    if not kept:
        return None
    found = _described(name, kept)
    return found if found is not None and _is_served(found.url) else None


def version_of(kept: str) -> str:
    """What stands in the address of a mark, so that it changes with it."""
    return hashlib.blake2b(kept.encode(), digest_size=6).hexdigest()


@lru_cache(maxsize=8)
def _described(name: str, kept: str) -> Mark | None:
    png = png_of(kept)
    if len(png) < 24:
        return None
    width, height = struct.unpack(">II", png[16:24])  # PNG, 11.2.2: IHDR comes first
    return Mark(f"/brand/{name}.png?v={version_of(kept)}", width, height)


def _is_served(url: str) -> bool:
    """A site without branding has no address for it."""
    try:
        current_app.url_map.bind("").match(url.partition("?")[0])
    except HTTPException:
        return False
    return True
