"""Each language that is offered is whole: no string waits or is guessed, or lost a placeholder or a plural form."""

from __future__ import annotations

import gettext

import pytest
from babel.messages.catalog import Catalog

import translate
from shop.core.languages import catalogs


@pytest.mark.parametrize("locale", translate.locales())
def test_a_language_is_complete_and_compiled(locale):
    """If this fails: `translate.py update`, `translate.py missing`, `translate.py merge`; see docs/developing.md."""
    faults = translate.wrong(translate.load(locale))
    assert not faults, "\n".join(faults)
    catalogs.compile_changed()
    compiled = gettext.translation("messages", catalogs.TRANSLATIONS, [locale])
    assert compiled.gettext("Skip to main content") != "Skip to main content"


@pytest.mark.parametrize("locale", translate.locales())
def test_what_is_read_out_holds_the_words_that_are_seen(locale):
    """WCAG 2.2, 2.5.3: who speaks to the page says what is written on a button."""
    words = translate.load(locale)
    for seen, heard in (
        ("Reply", "Reply to %(name)s"),
        ("Forget", "Forget %(name)s"),
        ("Switch on", "Switch on %(name)s"),
        ("Switch off", "Switch off %(name)s"),
    ):
        shown, named = words[seen].string.lower(), words[heard].string.lower().split()
        assert set(shown.split()) <= set(named), heard


def test_every_string_that_is_not_whole_is_found(monkeypatch):
    """The control."""
    strings, catalog = Catalog(), Catalog(locale="de")
    for catalog_ in (strings, catalog):
        catalog_.add(("%(num)d cup of %(tea)s", "%(num)d cups of %(tea)s"))
        for text in ("Tea", "Hello %(name)s", "Sugar"):
            catalog_.add(text)
    strings.add("Milk")
    monkeypatch.setattr(translate, "collected", lambda: strings)
    catalog["Tea"].string = "Tee"
    catalog["Hello %(name)s"].string = "Hallo"
    catalog["Sugar"].string, catalog["Sugar"].flags = "Zucker", {"fuzzy"}
    catalog["%(num)d cup of %(tea)s"].string = ("eine Tasse %(tea)s", "%(num)d Tassen")
    assert [fault.split("'")[1] for fault in translate.wrong(catalog)] == [
        "Milk",
        "%(num)d cup of %(tea)s",
        "Hello %(name)s",
        "Sugar",
    ]
