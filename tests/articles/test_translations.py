"""An article in another language than the site, and the same in several languages."""

from __future__ import annotations

import json
import re

import pytest

from shop.blueprints.articles import services
from shop.blueprints.articles.models import Article, ArticleState
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import Refused
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article, make_author

ALTERNATE = re.compile(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">')
TRUST = "http://localhost/articles/trust"
VERTRAUEN = "http://localhost/articles/vertrauen"


def stored(slug: str) -> Article:
    return db.session.scalars(db.select(Article).where(Article.slug == slug)).one()


def save(slug: str, **fields: object) -> None:
    db.session.remove()  # as in a request of its own
    with unit_of_work():
        article = stored(slug)
        services.save_article(article, **fields)  # type: ignore[arg-type]


def test_translations_name_each_other_to_readers_and_to_machines(client):
    make_article(slug="trust", title="Trust")
    make_article(slug="vertrauen", title="Vertrauen")
    alone = client.get("/articles/trust").text
    assert "hreflang" not in alone
    assert "Also in" not in alone
    save("vertrauen", language="de", translation_of="trust")

    both = [("de", VERTRAUEN), ("en", TRUST), ("x-default", TRUST)]
    pages = {slug: client.get(f"/articles/{slug}").text for slug in ("trust", "vertrauen")}
    for page in pages.values():
        assert sorted(ALTERNATE.findall(page)) == both
    assert 'article__body" lang="de" dir="ltr">' in pages["vertrauen"]
    assert '"inLanguage": "de"' in pages["vertrauen"]
    assert 'content="de"' in pages["vertrauen"]
    assert f'<a href="{VERTRAUEN}" hreflang="de" lang="de">Deutsch</a>' in pages["trust"]
    assert f'<a href="{TRUST}" hreflang="en" lang="en">English</a>' in pages["vertrauen"]
    sitemap = client.get("/sitemap.xml").text
    assert sitemap.count(f'<xhtml:link rel="alternate" hreflang="de" href="{VERTRAUEN}"/>') == 2
    feed = json.loads(client.get("/feed.json").data)["items"]
    assert {each["title"]: each.get("language") for each in feed} == {
        "Vertrauen": "de",
        "Trust": None,
    }
    assert '<entry xml:lang="de">' in client.get("/feed.xml").text

    save("vertrauen", state=ArticleState.DRAFT)
    assert "hreflang" not in client.get("/articles/trust").text
    assert "xhtml:link" not in client.get("/sitemap.xml").text


def test_an_article_that_runs_from_right_to_left_says_so(client):
    make_article(slug="thiqa")
    save("thiqa", language="ar")
    page = client.get("/articles/thiqa").text
    assert 'article__body" lang="ar" dir="rtl">' in page
    assert '<h1 lang="ar" dir="rtl">' in page
    assert '<header class="article__head">' in page, "its byline is in the words of the site"


def test_a_translation_of_a_translation_is_one_of_the_original(client):
    for slug, language in (("trust", ""), ("vertrauen", "de"), ("confiance", "fr"), ("new", "es")):
        make_article(slug=slug)
        save(slug, language=language)
    save("vertrauen", translation_of="trust")
    save("confiance", translation_of="vertrauen")
    assert {tag for tag, _ in ALTERNATE.findall(client.get("/articles/trust").text)} == {
        *("de", "en", "fr", "x-default")
    }
    save("trust", translation_of="new")
    originals = dict(db.session.execute(db.select(Article.slug, Article.translation_of_id)).all())
    assert set(originals.values()) == {None, stored("new").id}
    assert originals["new"] is None


def test_what_to_read_next_is_in_the_language_of_the_article(client):
    common = {"tags": ["trust"], "author": make_author("Ines")}
    make_article(slug="much-later", days_ago=1)
    make_article(slug="keys", days_ago=3, **common)
    make_article(title="Acht Schlüssel", days_ago=6, language="de", **common)
    make_article(title="Noch mehr", days_ago=7, language="de", **common)
    make_article(title="One of ours", days_ago=8, **common)
    make_article(slug="before", days_ago=5)
    further = client.get("/articles/keys").text.split("Read next")[1]
    assert "One of ours" in further
    assert "Acht" not in further
    assert "Noch mehr" not in further


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"translation_of": "nowhere"}, "nothing at this web address"),
        ({"translation_of": "vertrauen"}, "original already"),
        ({"translation_of": "trust", "language": "tlh"}, "one of the options"),
        ({"translation_of": "trust", "language": "de"}, "already in this language"),
    ],
)
def test_what_can_be_no_translation_is_refused(app, fields, said):
    for slug in ("trust", "vertrauen", "third"):
        make_article(slug=slug)
    save("vertrauen", language="de", translation_of="trust")
    wrong = "trust" if fields == {"translation_of": "vertrauen"} else "third"
    with pytest.raises(Refused, match=said):
        save(wrong, **fields)


def test_the_editor_asks_for_language_and_original(client):
    make_article(slug="trust", title="Trust")
    article_id = make_article(slug="vertrauen", title="Vertrauen").id
    sign_in(client, make_account("owner"))
    address = f"/admin/articles/{article_id}"
    page = client.get(address).text
    assert '<option value="trust">Trust</option>' in page
    version = re.search(r'name="version" type="hidden" value="(\d+)"', page)[1]
    typed = {"title": "Vertrauen", "state": "published", "version": version}
    client.post(address, data={**typed, "language": "de", "translation_of": "trust"})
    saved = stored("vertrauen")
    assert (saved.language, saved.translation_of_id) == ("de", stored("trust").id)
    assert '<option selected value="de">Deutsch</option>' in client.get(address).text
    refused = client.post(address, data={**typed, "version": "2", "translation_of": "nowhere"})
    assert refused.status_code == 422
    assert "There is nothing at this web address." in refused.text
