"""What plugins keep: rows of their own, by the name of each part."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask_babel import gettext as _

from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.archive import Archive
from shop.plugins import PluginFailed, attempted, bounded, registry
from shop.plugins.api import ExportPart, Refused

MOST_ROWS = 10_000_000
"""Of one part: beyond that it may never end, and would fill the disk."""


def write_parts(archive: Archive, progress: Callable[[str], None]) -> dict[str, int]:
    """Write the part of each plugin; how many rows there were, by the names of the parts.

    Raises:
        Refused: a plugin can't write its part. Without it the export would look whole.
    """
    counts = {}
    for part in registry().export_parts:
        progress(part.name)
        try:
            counts[part.name] = attempted("export_parts", part, partial(_written, archive, part))
        except PluginFailed as failed:
            raise Refused(
                _(
                    "The part “%(part)s” can’t be written (%(problem)s). With its plugin switched off "
                    "(shop plugins disable) the export goes without it.",
                    part=part.name,
                    problem=str(failed),
                )
            ) from failed
    return counts


def _written(archive: Archive, part: ExportPart) -> int:
    return archive.add_lines(
        f"{layout.PLUGINS}{part.name}.jsonl", map(dict, bounded(part.write(), MOST_ROWS))
    )
