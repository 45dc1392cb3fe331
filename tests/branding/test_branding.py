"""The owner's colour reaches every page, where it can be read; phones get an icon in it."""

from __future__ import annotations

import io
import json
import re

import pytest
from PIL import Image

from shop.blueprints.branding import colours
from shop.blueprints.branding.settings import BrandingSettings
from shop.core import settings, site
from shop.core.errors import Refused
from shop.core.pictures.drawn_marks import kept_mark
from shop.core.pictures.marks import LOGO_BOX
from shop.core.unit_of_work import unit_of_work
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article


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


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 25">'
    '<rect width="50" height="25" fill="#123456"/></svg>'
)
WITHOUT_TYPES = {
    "value_name": "Salt",
    "value_locale": "en",
    "value_currency": "EUR",
    "value_time_zone": "UTC",
    "value_home_country": "",
}


def test_the_owners_logo_and_icon_stand_everywhere_and_keep_what_is_transparent(app, client):
    owner = sign_in(app.test_client(), make_account("owner"))
    files = {
        "value_logo": (io.BytesIO(SVG.encode()), "l.svg"),
        "value_icon": (io.BytesIO(SVG.encode()), "i.svg"),
    }
    answer = owner.post("/admin/settings/site", data=WITHOUT_TYPES | files)
    assert answer.status_code == 303, re.findall(r"(?s)error-summary.+?</div>", answer.text)
    make_article(slug="doors")
    page = client.get("/articles/doors").text
    [(address, width, height)] = set(
        re.findall(
            r'<img src="(/brand/logo\.png\?v=\w+)" width="(\d+)" height="(\d+)" alt="Salt">', page
        )
    )
    answer = client.get(address)
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"  # mails show it
    logo = Image.open(io.BytesIO(answer.data)).convert("RGBA")
    assert (logo.size, (width, height)) == ((576, 144), ("576", "144"))
    assert logo.getpixel((10, 10)) == (0x12, 0x34, 0x56, 255)
    assert logo.getpixel((500, 10))[3] == 0
    [data] = re.findall(r'<script type="application/ld\+json">(.+?)</script>', page)
    publisher = json.loads(data)["@graph"][0]["publisher"]
    assert publisher["logo"]["url"] == f"http://localhost{address}"
    [favicon] = re.findall(r'rel="icon" href="([^"]+)"', page)
    icon = Image.open(io.BytesIO(client.get(favicon).data)).convert("RGBA")
    assert (icon.size, icon.getpixel((24, 2))[3]) == ((48, 48), 0)
    [touch] = re.findall(r'rel="apple-touch-icon" href="([^"]+)"', page)
    assert Image.open(io.BytesIO(client.get(touch).data)).convert("RGBA").getpixel((2, 2))[3] == 255
    assert "data:image/png;base64," in owner.get("/admin/settings/site").text
    owner.post("/admin/settings/site", data=WITHOUT_TYPES)  # nothing chosen keeps it
    assert address in client.get("/articles/doors").text
    owner.post("/admin/settings/site", data=WITHOUT_TYPES | {"delete_logo": "y"})
    assert "/brand/" not in client.get("/articles/doors").text


@pytest.mark.parametrize(
    "inside",
    [
        "<image href='/etc/passwd'/>",
        "<script>alert(1)</script>",
        "<use href='#a'/>",
        "<text>A</text>",
        "<path",
        "<foreignObject/>",
    ],
)
def test_an_svg_of_more_than_shapes_is_refused(inside):
    with pytest.raises(Refused):
        kept_mark(SVG.replace("<rect", f"{inside}<rect").encode(), LOGO_BOX)
