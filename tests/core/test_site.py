"""What the owner may say of the site as a whole."""

from __future__ import annotations

from pathlib import Path

from shop.core import settings
from shop.core.settings import SettingRow
from shop.core.site import SiteSettings, languages, site
from shop.core.unit_of_work import purge, unit_of_work
from shop.extensions import db


def test_a_language_is_offered_where_its_words_are(tmp_path: Path):
    catalog = tmp_path / "de" / "LC_MESSAGES" / "messages.mo"
    catalog.parent.mkdir(parents=True)
    assert [name for name, _ in languages(tmp_path)] == ["en", "en_GB"]
    catalog.write_bytes(b"")
    assert languages(tmp_path)[-1] == ("de", "Deutsch")


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
