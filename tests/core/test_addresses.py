"""Addresses have what their country has, and are written as they are written there."""

from __future__ import annotations

import pytest

from shop.core import settings
from shop.core.addresses import address_lines, shape_of
from shop.core.countries import countries, needs_customs
from shop.core.phones import read_phone
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from tests import controls

RUTH = {"name": "Ruth Miller", "line1": "4 Quiet Lane", "line2": "Flat 2"}


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (
            {"postcode": "62704", "city": "Springfield", "region": "IL", "country": "US"},
            ["Springfield, IL 62704", "United States"],
        ),
        ({"postcode": "62704", "city": "Springfield", "country": "US"}, ["Springfield 62704", "United States"]),
        ({"postcode": "LS1 4AP", "city": "Leeds", "country": "GB"}, ["Leeds", "LS1 4AP", "United Kingdom"]),
        ({"postcode": "53225", "city": "Bonn", "country": "DE"}, ["53225 Bonn", "Germany"]),
        ({"postcode": "546080", "country": "SG"}, ["SINGAPORE 546080", "Singapore"]),
        ({"postcode": "28039", "city": "Madrid", "region": "M", "country": "ES"}, ["28039 Madrid Madrid", "Spain"]),
        ({"postcode": "1", "city": "Anywhere", "country": ""}, ["1 Anywhere"]),
    ],
)  # fmt: skip
@controls.on_sqlite
def test_an_address_is_written_as_its_country_writes_it(app, address, lines):
    with app.test_request_context():
        assert address_lines(RUTH | address) == ["Ruth Miller", "4 Quiet Lane", "Flat 2", *lines]


@controls.on_sqlite
def test_nothing_of_an_address_is_lost_and_no_country_is_unknown(app):
    said = RUTH | {"postcode": "POST", "city": "CITY", "region": "REGION"}
    with app.test_request_context():
        for country, name in countries():
            lines = address_lines(said | {"country": country})
            assert lines[-1] == name
            missing = [each for each in said.values() if each not in "\n".join(lines)]
            assert not missing, (country, lines)
            assert set(shape_of(country).parts) <= {"postcode", "city", "region"}


def test_what_a_country_has_is_called_what_it_is_called_there():
    japan, hong_kong = shape_of("JP"), shape_of("HK")
    assert (japan.parts, str(japan.labels["region"])) == (("region", "postcode"), "Prefecture")
    assert "Tokyo" in [each.name for each in japan.regions]
    assert "postcode" not in hong_kong.parts
    assert str(shape_of("US").labels["postcode"]) == "ZIP code"
    assert str(shape_of("CA").labels["region"]) == "Province"
    assert shape_of("CA").has_postcode("K1A 0B1")
    assert not shape_of("US").has_postcode("K1A 0B1")


@controls.on_sqlite
def test_customs_stand_between_a_union_and_the_rest(app):
    assert not needs_customs("US"), "nobody knows where the site is"
    for home, country, is_declared in (
        ("IE", "DE", False),
        ("IE", "GB", True),
        ("GB", "JE", False),
        ("US", "US", False),
        ("US", "CA", True),
    ):
        with unit_of_work():
            settings.change(SiteSettings, {"home_country": home})
        assert needs_customs(country) is is_declared, (home, country)


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("(217) 555-0100", "US", "+1 217-555-0100"),
        ("+353 1 234 5678", "US", "+353 1 234 5678"),
        ("call me", "US", None),
        ("12", "US", None),
    ],
)
def test_a_phone_number_is_read_as_its_country_types_it(typed, country, number):
    assert read_phone(typed, country) == number
