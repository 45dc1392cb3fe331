"""What machines read."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from shop.blueprints.articles import services
from shop.blueprints.feeds import views
from shop.core.unit_of_work import unit_of_work
from tests.factories.articles import counted_queries, make_article, make_author, make_page

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def atom(client):
    return ET.fromstring(client.get("/feed.xml").data)  # noqa: S314 - our own


def locations(client, address="/sitemap.xml"):
    tree = ET.fromstring(client.get(address).data)  # noqa: S314 - our own
    return [each.text for each in tree.iter(f"{SITEMAP}loc")]


@pytest.mark.parametrize(
    ("address", "media_type"),
    [
        ("/feed.xml", "application/atom+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json; charset=utf-8"),
        ("/sitemap.xml", "application/xml; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ],
)
def test_each_has_its_media_type_and_is_kept_for_everyone(client, address, media_type):
    make_article()
    answer = client.get(address)
    assert (answer.status_code, answer.content_type) == (200, media_type)
    assert answer.headers["Cache-Control"].startswith("public")
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.head(address).status_code == 200


def test_the_atom_feed_holds_whole_articles(client):
    make_article(
        title="Eight <keys> & more",
        slug="eight",
        excerpt="Three < four & five.",
        body="*Soft* [link](/pages/about) [down](#x)\n\n::guide[notebook]\n\n<script>alert(1)</script>",
        author=make_author(),
        tags=["Trust"],
    )
    [entry] = atom(client).iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Eight <keys> & more"
    assert entry.find(f"{ATOM}link").get("href") == "http://localhost/articles/eight"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Ines Marlow"
    assert entry.findtext(f"{ATOM}summary") == "Three &lt; four &amp; five."
    assert entry.find(f"{ATOM}category").get("term") == "Trust"
    content = entry.findtext(f"{ATOM}content")
    assert "<em>Soft</em>" in content
    assert 'href="http://localhost/pages/about"' in content
    assert 'href="http://localhost/articles/eight#x"' in content
    assert "<script>" not in content


def test_what_xml_can_not_hold_is_left_out(client):
    make_article(title="A\ufffeB", body="one\uffff two", tags=["t\ufffeag"])
    [entry] = atom(client).iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "AB"
    assert "one two" in entry.findtext(f"{ATOM}content")


def test_the_json_feed_says_the_same(client):
    make_article(title="Eight keys", slug="eight", tags=["Trust"], author=make_author())
    feed = json.loads(client.get("/feed.json").data)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "http://localhost/feed.json"
    [item] = feed["items"]
    assert item["url"] == "http://localhost/articles/eight"
    assert item["authors"] == [{"name": "Ines Marlow"}]
    assert item["tags"] == ["Trust"]
    assert "nobody photographs" in item["content_html"]


def test_an_entry_keeps_its_id_whatever_becomes_of_its_address(client):
    article = make_article(slug="first", title="First")
    [before] = [each.text for each in atom(client).iter(f"{ATOM}id")][1:]
    with unit_of_work():
        services.save_article(article, slug="second", title="Second")
    [after] = [each.text for each in atom(client).iter(f"{ATOM}id")][1:]
    assert before == after
    assert "Second" in client.get("/feed.xml").text


def test_the_newest_twenty_come_first(client):
    for number in range(25):
        make_article(title=f"{number:02}", days_ago=number + 1)
    titles = [each.findtext(f"{ATOM}title") for each in atom(client).iter(f"{ATOM}entry")]
    assert titles == [f"{number:02}" for number in range(20)]


def test_a_feed_asks_the_database_few_times(client):
    for _ in range(5):
        make_article(tags=["a", "b"], author=None)
    client.get("/contact")
    for address in ("/feed.xml", "/feed.json", "/robots.txt"):
        with counted_queries() as asked:
            client.get(address)
        assert len(asked) <= 4, asked
    with counted_queries() as asked:
        client.get("/sitemap.xml")
    assert len(asked) <= 6, asked  # once for each kind of page


def test_an_empty_site_has_valid_feeds(client):
    assert list(atom(client).iter(f"{ATOM}entry")) == []
    assert json.loads(client.get("/feed.json").data)["items"] == []
    assert locations(client) == []


def test_the_sitemap_lists_what_is_public(client):
    make_article(slug="here")
    make_page(slug="about")
    assert locations(client) == [
        "http://localhost/articles/here",
        "http://localhost/",
        "http://localhost/articles/",
        "http://localhost/pages/about",
    ]


def test_a_change_shows_in_the_next_feed(client):
    make_page(slug="about")
    assert "first" not in client.get("/feed.xml").text
    assert len(locations(client)) == 1
    make_article(slug="first")
    assert "first" in client.get("/feed.xml").text
    assert "http://localhost/articles/first" in locations(client)


def test_a_large_sitemap_is_split(client, monkeypatch):
    monkeypatch.setattr(views, "PAGES_A_SITEMAP", 2)
    for number in range(3):
        make_article(slug=f"a{number}", days_ago=number + 1)
    parts = locations(client)
    assert parts == [f"http://localhost/sitemap-{number}.xml" for number in (1, 2, 3)]
    listed = [
        url for part in parts for url in locations(client, part.removeprefix("http://localhost"))
    ]
    assert listed == [
        *(f"http://localhost/articles/a{number}" for number in range(3)),
        "http://localhost/",
        "http://localhost/articles/",
    ]
    assert client.get("/sitemap-4.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404
    assert client.get("/sitemap-99999999999999999999.xml").status_code == 404


def test_robots_are_kept_from_what_is_one_persons(client):
    lines = client.get("/robots.txt").text.splitlines()
    for path in ("/admin", "/cart", "/checkout", "/account", "/orders"):
        assert f"Disallow: {path}" in lines
    assert "Disallow: /" not in lines
    assert lines[-1] == "Sitemap: http://localhost/sitemap.xml"


def test_every_page_says_where_the_feeds_are(client):
    page = client.get("/contact").text
    assert (
        '<link rel="alternate" type="application/atom+xml" title="Bookstall" href="/feed.xml">'
        in page
    )
    assert 'type="application/feed+json"' in page
