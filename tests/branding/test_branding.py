"""The owner's colour reaches every page, where it can be read; phones get an icon in it."""

from __future__ import annotations

import json
import re

import pytest

from shop.blueprints.branding import colours
from shop.blueprints.branding.settings import BrandingSettings
from shop.core import settings, site
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work


def choose(**values):
    with unit_of_work():
        settings.change(BrandingSettings, values)


def test_the_accent_reaches_pages_as_a_style_sheet_named_by_its_content(client):
    assert "branding.css" not in client.get("/").text
    choose(accent="#1b4d89")
    [address] = re.findall(r'href="(/branding\.css\?v=\w+)"', client.get("/").text)
    sheet = client.get(address)
    assert "--accent:light-dark(#1b4d89,#" in sheet.text
    assert "immutable" in sheet.headers["Cache-Control"]
    choose(accent="#5a3a7a")
    assert address not in client.get("/").text


def test_a_phone_gets_an_icon_and_a_manifest(client):
    [touch] = re.findall(r'rel="apple-touch-icon" href="([^"]+)"', client.get("/").text)
    assert client.get(touch).data.startswith(b"\x89PNG")
    manifest = client.get("/site.webmanifest")
    assert manifest.content_type.startswith("application/manifest+json")
    icons = json.loads(manifest.text)["icons"]
    assert [icon["sizes"] for icon in icons] == ["192x192", "512x512"]
    assert client.get("/icon-7.png").status_code == 404


def test_a_colour_that_cannot_be_read_is_refused_in_words(app):
    for values in ({"accent": "#e0a0a0"}, {"accent_dark": "#401010"}, {"accent": "red"}):
        with pytest.raises(Refused) as refused:
            choose(**values)
        assert refused.value.field in values
        assert "contrast" in refused.value.message or "#8c2f2b" in refused.value.message


def test_contrast_is_that_of_wcag():
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", ["#8c2f2b", "#000000", "#1b4d89", "#003300"])
def test_a_dark_accent_is_lightened_until_it_can_be_read(colour):
    made = colours.made_readable(colour)
    assert colours.least_contrast(made, colours.DARK_GROUNDS) >= colours.LEAST


def test_the_owner_names_the_shelf_and_writes_below_every_page(client):
    assert ">Guides</span>" in client.get("/contact").text
    with unit_of_work():
        settings.change(site.SiteSettings, {"shelf_name": "Prints", "footer_text": "© Ines"})
    page = client.get("/contact").text
    assert ">Prints</span>" in page
    assert "© Ines" in page
    assert "<h1>Prints</h1>" in client.get("/shop/").text
