"""What plugins keep, read in row by row by the plugin that wrote it."""

from __future__ import annotations

from functools import partial

from flask_babel import gettext as _

from shop.blueprints.exporters.format import layout
from shop.blueprints.importers.bookstall.lines import Said, bring_in_lines
from shop.blueprints.importers.formats.bundles import Bundle
from shop.plugins import PluginFailed, attempted, fitting, registry
from shop.plugins.api import ExportPart, ImportReport, Refused


def bring_in_parts(bundle: Bundle, report: ImportReport) -> None:
    """Have each plugin read its rows; those of a plugin that is not here are left out, and the report says so."""
    here = {f"{layout.PLUGINS}{part.name}.jsonl": part for part in registry().export_parts}
    for name in sorted(each for each in bundle.names if each.startswith(layout.PLUGINS)):
        if name not in here:
            report.note(name, _("no plugin here reads it; this part of the export was left out"))
            continue
        part = here[name]
        bring_in_lines(bundle, name, report, part.label, partial(_bring_in, part, report))


def _bring_in(part: ExportPart, report: ImportReport, said: Said) -> None:
    try:
        is_new = attempted(
            "export_parts",
            part,
            lambda: fitting(part.read(said), bool),
            lets_through=(Refused,),
        )
    except PluginFailed as failed:
        raise Refused(_("its plugin failed (%(plugin)s)", plugin=failed)) from failed
    report.accept(is_new=is_new)
