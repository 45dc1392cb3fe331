"""What a plugin keeps goes out with the rest and comes in again. Where it is not, the import says what is left out."""

from __future__ import annotations

import json
import zipfile

import pytest

from shop.blueprints.exporters import whole
from shop.blueprints.importers.bookstall import storing
from shop.core.errors import Refused
from shop.plugins import registry
from shop.plugins.api import ExportPart, ImportReport


@pytest.fixture
def part(app, monkeypatch):
    """Makes a part of an export, and has the site know it alone."""

    def part(write, read=lambda _said: True):
        made = [ExportPart("stamps", "stamp", write, read)]
        monkeypatch.setattr(registry(), "export_parts", made)

    return part


def read_in(path):
    report = ImportReport()
    storing.run(path, report, max_mb=10)
    return report


def test_every_row_goes_out_and_each_comes_in_alone(app, part, tmp_path):
    path, taken = tmp_path / "all.zip", []

    def read(said):
        if said["face"] == "torn":
            raise Refused("nobody takes a torn one")
        if said["face"] == "odd":
            raise ZeroDivisionError
        if said["face"] == "vague":
            return None
        is_new = said["face"] not in taken
        taken.append(said["face"])
        return is_new

    faces = ["bird", "torn", "odd", "vague", "bird"]
    part(lambda: ({"face": face} for face in faces), read)
    assert whole.write_everything(path)["stamps"] == 5
    with zipfile.ZipFile(path) as packed:
        lines = packed.read("plugins/stamps.jsonl").decode().splitlines()
    assert [json.loads(line)["face"] for line in lines] == faces
    report = read_in(path)
    assert (report.imported, report.unchanged) == (1, 1)
    assert report.refusals[0] == "stamp in line 2: nobody takes a torn one"
    assert "stamp in line 3: its plugin failed (" in report.refusals[1]
    assert "ZeroDivisionError" in report.refusals[1]
    assert report.refusals[2].startswith("stamp in line 4: its plugin failed (")


def test_without_the_plugin_the_import_says_what_it_left_out(app, part, monkeypatch, tmp_path):
    part(lambda: [{"face": "bird"}])
    whole.write_everything(tmp_path / "all.zip")
    monkeypatch.setattr(registry(), "export_parts", [])
    [note] = read_in(tmp_path / "all.zip").notes
    assert note.startswith("plugins/stamps.jsonl: no plugin here reads it")


@pytest.mark.parametrize(
    "write",
    [lambda: 1 / 0, lambda: [{"face": object()}], lambda: [7]],
    ids=["raises", "no JSON", "no row"],
)
def test_an_export_without_a_part_is_none(app, part, tmp_path, write):
    part(write)
    with pytest.raises(Refused, match=r"The part “stamps” can’t be written \("):
        whole.write_everything(tmp_path / "all.zip")
    assert list(tmp_path.iterdir()) == []
