"""What the owner may say of the site as a whole."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest
from babel.numbers import format_currency
from flask.testing import FlaskClient

from shop.core import menus, settings
from shop.core.languages import names
from shop.core.settings import SettingRow
from shop.core.site import SiteSettings, languages, site
from shop.core.unit_of_work import purge, unit_of_work
from shop.extensions import db


def test_the_owner_writes_the_menus(client: FlaskClient) -> None:
    assert ">Contact</span>" in client.get("/contact").text
    menu = ("Repair /articles/tag/repair", "Our press https://bell.example/", "Write /contact")
    with unit_of_work():
        settings.change(SiteSettings, {"top_menu": menu})
    page = client.get("/contact").text
    links = page.partition('id="site-nav"')[2].partition("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', links) == [
        "/articles/tag/repair",
        "https://bell.example/",
        "/contact",
    ]
    assert '<a href="/contact" aria-current="page"><span>Write</span>' in links
    with unit_of_work():
        settings.change(SiteSettings, {"top_menu": ()})
    assert ">Contact</span>" in client.get("/contact").text


@pytest.mark.parametrize(
    "line",
    ["/articles/", "Repair", "Repair //evil.example", "Repair javascript:alert(1)", "R ftp://a"],
)
def test_a_line_of_a_menu_that_is_no_link_is_refused(line: str) -> None:
    assert menus.links_in([line]) == []


def test_a_language_is_offered_where_its_words_are(tmp_path: Path):
    catalog = tmp_path / "de" / "LC_MESSAGES" / "messages.mo"
    catalog.parent.mkdir(parents=True)
    assert [name for name, _ in languages(tmp_path)] == ["en", "en_GB"]
    catalog.write_bytes(b"")
    assert languages(tmp_path)[-1] == ("de", "Deutsch")


def test_what_was_read_ahead_of_a_language_is_read_from_no_file_again(monkeypatch):
    names.read_language("fo")
    monkeypatch.setattr(pickle, "load", lambda _file: pytest.fail("a file was read"))
    assert format_currency(1400, "DKK", locale="fo").startswith("1.400,00")


def test_the_languages_of_our_catalogs_are_offered_by_their_own_names():
    assert dict(languages()) == {
        "en": "English",
        "en_GB": "English (UK)",
        "ar": "العربية",
        "de": "Deutsch",
    }


def test_a_language_that_is_offered_no_more_is_not_spoken(app):
    with unit_of_work():
        settings.change(SiteSettings, {"locale": "en_GB"})
        db.session.get(SettingRow, "site").values = {"locale": "xx", "name": "Bücher"}
        purge("settings:site")
    assert (site().locale, site().name) == ("en", "Bücher")
