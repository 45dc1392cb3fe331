"""Settings and redirects of an export."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.exporters.format import layout
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.importers.row_guard import one_row
from shop.blueprints.redirects import services as redirects
from shop.core import settings
from shop.core.settings import SettingRow
from shop.plugins.api import ImportReport, Refused, db


def bring_in_settings(bundle: Bundle, report: ImportReport) -> None:
    """Set what the other site had set, where nobody has set anything here."""
    if layout.SETTINGS not in bundle.names:
        return
    try:
        said = json.loads(bundle.text(layout.SETTINGS))
    except ValueError:
        said = None
    if not isinstance(said, dict):
        report.refuse(layout.SETTINGS, _("it can’t be read"))
        return
    for namespace, kind in settings.registered().items():
        values = said.get(namespace)
        if isinstance(values, dict) and values:
            _set(namespace, kind, values, report)


def _set(namespace: str, kind: type[Any], values: dict[str, Any], report: ImportReport) -> None:
    label = f"settings of {namespace}"
    with one_row(report, label):
        if db.session.get(SettingRow, namespace) is not None:
            report.accept(is_new=False)
            return
        for field in settings.fields_of(kind):
            if field.name in values:
                value = values[field.name]
                if field.kind is tuple and isinstance(value, list):  # JSON has no tuples
                    value = tuple(value)
                try:
                    settings.change(kind, {field.name: value})
                except Refused as refused:
                    report.note(
                        label,
                        _(
                            "%(name)s was left out: %(message)s",
                            name=field.name,
                            message=refused.message,
                        ),
                    )
        report.accept(is_new=True)


def bring_in_redirects(bundle: Bundle, report: ImportReport) -> None:
    """Lead on from the other site's old addresses, those that it had led on from itself."""
    if layout.REDIRECTS not in bundle.names:
        return
    table = csv.DictReader(io.StringIO(bundle.text(layout.REDIRECTS), newline=""), restval="")
    for row in table:
        source, target = row.get("from") or "", row.get("to") or ""
        with one_row(report, f"redirect {source[:80]}"):
            if redirects.is_led_on(source):
                report.accept(is_new=False)
                continue
            made = redirects.lead_on(source, target, origin=(row.get("origin") or "")[:200])
            hits = row.get("hits") or ""
            made.hits = int(hits) if hits.isdecimal() and len(hits) < 10 else 0
            report.accept(is_new=True)
