"""Pictures of an export. They are encoded again, so that nothing but pixels comes in, and have new keys here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.parts.pictures import SHOWN
from shop.blueprints.importers.formats.bundles import Bundle
from shop.core.files import images
from shop.plugins.api import ImportReport, Refused


def keep_pictures(bundle: Bundle, report: ImportReport) -> Mapping[str, str]:
    """Keep every picture; its key here by its key there. Outside a unit of work."""
    kept = {}
    for name in bundle.names:
        if name.startswith(layout.PICTURES):
            try:
                content = bundle.content(name, most=images.MAX_BYTES)
                kept[PurePosixPath(name).stem] = images.keep_picture(content)
            except Refused as refused:
                report.note(name, refused.message)
    return kept


def with_keys(body: str, kept: Mapping[str, str]) -> str:
    """A text whose pictures are shown by their addresses here."""
    return SHOWN.sub(lambda found: kept.get(found[1], found[1]), body)
