"""Authors have a page, a portrait and a feed as soon as something of theirs is public."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import select

from shop.blueprints.articles import services as articles
from shop.blueprints.articles.authors import services
from shop.blueprints.articles.models import Article
from shop.core.covers import portraits
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.articles.test_reading import structured_data
from tests.factories.articles import make_article, make_author

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def ines(app):
    author = make_author()
    with unit_of_work():
        services.save_author(author, links=["https://ines.example", "https://social.example/@ines"])
    return author


def test_an_author_has_a_page_once_something_of_theirs_is_public(client, ines):
    draft = make_article(title="Not yet", author=ines, state="draft")
    for address in ("/authors/ines-marlow", "/authors/ines-marlow/feed.xml"):
        assert client.get(address).status_code == 404
    assert "Ines" not in client.get("/authors/").text
    with unit_of_work():
        articles.publish_article(draft)
    page = client.get("/authors/ines-marlow")
    assert page.headers["Cache-Control"].startswith("public")
    for words in ("Ines Marlow", "She edits.", "Not yet", 'href="https://ines.example"'):
        assert words in page.text
    person = structured_data(page)["ProfilePage"]["mainEntity"]
    assert person["url"] == "http://localhost/authors/ines-marlow"
    assert person["sameAs"] == ["https://ines.example", "https://social.example/@ines"]
    assert 'href="/authors/ines-marlow"' in client.get("/authors/").text
    assert "http://localhost/authors/ines-marlow" in client.get("/sitemap.xml").text


def test_an_article_leads_to_its_author_and_to_more_by_them(client, ines):
    for title in ("One", "Two", "Three", "Four", "Five"):
        make_article(title=title, author=ines)
    make_article(title="Of another", author=make_author("Joan"))
    page = client.get("/articles/one")
    assert '<a rel="author" href="/authors/ines-marlow">Ines Marlow</a>' in page.text
    assert structured_data(page)["Article"]["author"]["url"].endswith("/authors/ines-marlow")
    more = page.text.partition("More by Ines Marlow")[2].partition("</ul>")[0]
    named = re.findall(r'href="/articles/(\w+)"', more)
    assert len(named) == 3
    assert "one" not in named
    assert "of-another" not in named


def test_the_feed_of_an_author_holds_their_articles_alone(client, ines):
    make_article(title="Hers", author=ines)
    make_article(title="Of another", author=make_author("Joan"))
    feed = ET.fromstring(client.get("/authors/ines-marlow/feed.xml").data)  # noqa: S314 - our own
    assert [each.findtext(f"{ATOM}title") for each in feed.iter(f"{ATOM}entry")] == ["Hers"]
    address = feed.find(f"{ATOM}entry").findtext(f"{ATOM}id")
    hers = db.session.scalars(select(Article).filter_by(title="Hers")).one()
    assert address == f"http://localhost/articles/{hers.slug}"
    with unit_of_work():
        articles.save_article(hers, slug="moved")
    told = json.loads(client.get("/authors/ines-marlow/feed.json").data)
    assert told["feed_url"] == "http://localhost/authors/ines-marlow/feed.json"
    [item] = told["items"]
    assert (item["id"], item["url"]) == (address, "http://localhost/articles/moved")


def test_a_new_name_and_address_show_at_once_and_the_old_address_leads_on(client, ines):
    make_article(title="Hers", author=ines)
    assert "Ines Marlow" in client.get("/articles/hers").text
    with unit_of_work():
        services.save_author(ines, name="Ines M. Marlow", slug="ines")
    assert "By <a" in client.get("/articles/hers").text
    assert "Ines M. Marlow" in client.get("/articles/hers").text
    moved = client.get("/authors/ines-marlow")
    assert (moved.status_code, moved.location) == (301, "/authors/ines")
    with unit_of_work():
        services.save_author(ines, slug="ines-marlow")  # and back
    assert client.get("/authors/ines-marlow").status_code == 200
    assert client.get("/authors/ines").location == "/authors/ines-marlow"


def test_search_finds_authors_of_whom_something_is_public(client, run_jobs, ines):
    def is_found():
        run_jobs()
        return "/authors/ines-marlow" in client.get("/search?q=Marlow").text

    assert not is_found()
    hers = make_article(title="Hers", author=ines)
    assert is_found()
    with unit_of_work():
        articles.save_article(hers, author=None)
    assert not is_found()


def test_a_drawn_portrait_is_kept_forever_at_its_own_address(client, ines):
    make_article(author=ines)
    [address] = re.findall(r'src="(/authors/[^"]+portrait[^"]+)"', client.get("/authors/").text)
    drawn = client.get(address)
    assert "immutable" in drawn.headers["Cache-Control"]
    assert ">IM</text>" in drawn.text
    assert (
        "immutable" not in client.get("/authors/ines-marlow/portrait.svg").headers["Cache-Control"]
    )


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ines Marlow", "IM"),
        ("Ines", "I"),
        ("ann van der Meer", "AM"),
        ("“Q”", "“"),
        ("李 明", "李明"),
    ],
)
def test_initials_are_of_the_first_and_the_last_word(name, letters):
    assert portraits.first_letters(name) == letters


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ines.example", "https://", "https://a b"])
def test_a_link_that_is_no_web_address_is_refused(app, link):
    with pytest.raises(Refused) as refused, unit_of_work():
        services.write_author(name="Joan", links=[link])
    assert refused.value.field == "links"
