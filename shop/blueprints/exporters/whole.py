"""The whole site as one ZIP."""

from __future__ import annotations

import csv
import re
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from shop.blueprints.comments.export import json_file
from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.archive import Archive
from shop.blueprints.exporters.parts import (
    articles,
    library,
    of_plugins,
    orders,
    people,
    products,
)
from shop.blueprints.exporters.parts.sold import codes, invoices
from shop.blueprints.redirects import queries as redirects
from shop.core import clock
from shop.core.settings import SettingRow, is_sealed
from shop.core.web.security import base_url
from shop.plugins import registry
from shop.plugins.api import db

_SECRET = re.compile(r"secret|token|password|passphrase|private|api_?key")
"""Names of settings that stay here. No feature that ships has one; a plugin's may."""


def write_everything(path: Path, progress: Callable[[str], None] = lambda _part: None) -> Counts:
    """Write the export to a file, whole or not at all; how many there were of each kind.

    Raises:
        OSError: the disk is full, or the folder is not there.
        Refused: a plugin can’t write its part.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as draft:
        pass
    try:
        with zipfile.ZipFile(draft.name, "w", zipfile.ZIP_DEFLATED) as packed:
            counts = _write(Archive(packed), progress)
        Path(draft.name).replace(path)
    finally:
        Path(draft.name).unlink(missing_ok=True)
    return counts


def _write(archive: Archive, progress: Callable[[str], None]) -> Counts:
    head = {"format": layout.FORMAT, "version": layout.VERSION, "site": base_url()}
    archive.add_json(layout.HEAD, {**head, "written_at": clock.now().isoformat()})
    counts: dict[str, int] = {}
    for name, feature, write in _PARTS:
        if registry().has(feature):
            progress(name)
            counts[name] = write(archive)
    archive.add_json(layout.SETTINGS, _settings())
    return counts | of_plugins.write_parts(archive, progress)


def _write_comments(archive: Archive) -> int:
    with archive.open_text(layout.COMMENTS) as out:
        return json_file.write_json(out)


def _write_redirects(archive: Archive) -> int:
    with archive.open_text(layout.REDIRECTS) as out:
        table = csv.writer(out)
        table.writerow(("from", "to", "hits", "origin"))
        found = list(redirects.every_redirect())
        table.writerows((row.source, row.target, row.hits, row.origin) for row in found)
    return len(found)


def _settings() -> dict[str, dict[str, Any]]:
    rows = db.session.scalars(select(SettingRow).order_by(SettingRow.namespace))
    return {
        row.namespace: {
            name: value
            for name, value in sorted(row.values.items())
            if not (_SECRET.search(name) or is_sealed(value))
        }
        for row in rows
    }


Counts = Mapping[str, int]

_PARTS: tuple[tuple[str, str, Callable[[Archive], int]], ...] = (
    ("articles", "articles", articles.write_articles),
    ("images", "media", library.write_library),
    ("products", "catalog", products.write_products),
    ("comments", "comments", _write_comments),
    ("orders", "orders", orders.write_orders),
    ("invoices", "invoices", invoices.write_invoices),
    ("codes", "discounts", codes.write_codes),
    ("subscribers", "newsletter", people.write_subscribers),
    ("issues", "newsletter", people.write_issues),
    ("redirects", "redirects", _write_redirects),
)
