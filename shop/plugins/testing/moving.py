"""A whole export and import, for a plugin's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from shop.blueprints.exporters import whole
from shop.blueprints.importers.bookstall import storing
from shop.extensions import db
from shop.plugins.terms.imports import ImportReport

MOST_MB = 100


@pytest.fixture
def export_site(site: Flask, tmp_path: Path) -> Callable[[], Path]:
    """Writes what `shop export` writes, and returns the ZIP. Your rows are in `plugins/<name of the part>.jsonl`."""

    def write() -> Path:
        db.session.rollback()
        whole.write_everything(tmp_path / "site.zip")
        return tmp_path / "site.zip"

    return write


@pytest.fixture
def import_site(site: Flask) -> Callable[[Path], ImportReport]:
    """Reads a ZIP as `shop import bookstall` does, and returns the report: `imported`, `unchanged`, `refusals`."""

    def read(path: Path) -> ImportReport:
        db.session.rollback()
        report = ImportReport()
        storing.run(path, report, max_mb=MOST_MB)
        return report

    return read
