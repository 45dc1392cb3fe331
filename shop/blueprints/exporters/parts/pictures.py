"""Pictures of an export: each once, in its largest size."""

from __future__ import annotations

import re
from pathlib import Path

from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.archive import Archive
from shop.core.files import images
from shop.plugins.api import NotFound

SHOWN = re.compile(r"(?<=/media/)([0-9a-f]{64})(?=(?:-\d{1,5})?\.webp)")
"""The key of a picture in an address that a text shows it by."""


def write_picture(archive: Archive, key: str) -> str | None:
    """Write a picture; its name in the ZIP, or None where it is lost."""
    name = f"{layout.PICTURES}{key}.webp"
    try:
        found = images.picture_to_send(key)
    except NotFound:
        return None
    archive.add_bytes(name, found.read_bytes() if isinstance(found, Path) else found.read())
    return name
