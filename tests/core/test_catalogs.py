"""Catalogs of the interface's languages are compiled when they change."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

from shop.core.languages import catalogs

GERMAN = 'msgid ""\nmsgstr "Language: de\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Tea"\n'


def test_a_catalog_is_compiled_when_it_is_newer(tmp_path: Path):
    catalog = tmp_path / "de" / "LC_MESSAGES" / "messages.po"
    catalog.parent.mkdir(parents=True)
    for words in ("Tee", "Kräutertee"):
        catalog.write_text(GERMAN + f'msgstr "{words}"\n', "utf-8")
        catalogs.compile_changed(tmp_path)
        assert gettext.translation("messages", tmp_path, ["de"]).gettext("Tea") == words
        assert not list(catalogs.stale(tmp_path))
        os.utime(catalog.with_suffix(".mo"), (0, 0))
        gettext._translations.clear()
    assert [each.name for each in catalog.parent.iterdir() if each.suffix == ".part"] == []


def test_a_folder_that_can_not_be_written_stops_no_start(tmp_path: Path, caplog):
    catalog = tmp_path / "de" / "LC_MESSAGES" / "messages.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text(GERMAN + 'msgstr "Tee"\n', "utf-8")
    catalog.with_suffix(".mo").mkdir()
    os.utime(catalog.with_suffix(".mo"), (0, 0))
    catalogs.compile_changed(tmp_path)
    assert "was not compiled" in caplog.text
    assert [each.name for each in catalog.parent.iterdir() if each.suffix == ".part"] == []
