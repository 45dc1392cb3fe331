"""What a plugin keeps goes out with the rest and comes in again. Where it is not, the import says what is left out."""

from __future__ import annotations

import json
import zipfile
from datetime import date

import pytest
from sqlalchemy import select

from shop.blueprints.exporters import whole
from shop.blueprints.importers.bookstall import storing
from shop.blueprints.shipping import queries as shipping_queries
from shop.blueprints.shipping import services as shipping
from shop.blueprints.shipping.models import ShippingZone
from shop.blueprints.shipping.services import ShippingTerms
from shop.blueprints.taxes import queries as tax_queries
from shop.blueprints.taxes import services as taxes
from shop.blueprints.taxes.models import Goods, TaxRate
from shop.blueprints.taxes.services import TaxTerms
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
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


def test_zones_and_tax_rates_come_in_as_they_were(app, tmp_path):
    with unit_of_work():
        zone = shipping.write_zone("Near", ["DE", "AT"], is_rest=False)
        shipping.write_rate(zone, ShippingTerms("Parcel", 490, 5000, None), currency="EUR")
        day = date(2026, 1, 1)
        taxes.write_tax_rate(TaxTerms("DE", Goods.EVERYTHING, "VAT", 19_000, day, "law"))
    before = zones(), [rate.country for rate in tax_queries.rates()]
    whole.write_everything(tmp_path / "all.zip")
    with unit_of_work():
        for row in [
            *db.session.scalars(select(ShippingZone)),
            *db.session.scalars(select(TaxRate)),
        ]:
            db.session.delete(row)
    read_in(tmp_path / "all.zip")
    assert (zones(), [rate.country for rate in tax_queries.rates()]) == before
    report = read_in(tmp_path / "all.zip")
    assert report.imported == 0


def zones():
    db.session.rollback()
    return [
        (
            zone.name,
            zone.countries,
            zone.is_rest,
            [(rate.label, rate.price_minor) for rate in zone.rates],
        )
        for zone in shipping_queries.zones()
    ]
