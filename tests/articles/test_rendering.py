"""The text of an article is kept, but never longer than it is true."""

from __future__ import annotations

import pytest

from shop.blueprints.articles import rendering, services
from shop.core.pages.page_cache import made_of
from shop.core.unit_of_work import purge, unit_of_work
from shop.plugins import registry
from shop.plugins.types import Directive
from tests.factories.articles import make_article


@pytest.fixture
def price(app, monkeypatch):
    """A directive `::price[...]` that shows a number which changes elsewhere."""
    stand = {"number": 14}

    def context(_argument):
        made_of("product:7")
        return {"query": f"price {stand['number']}", "results": [], "page": 1, "next_url": ""}

    shown = [*registry().directives, Directive("price", "search/find.html", context)]
    monkeypatch.setattr(registry(), "directives", shown)
    return stand


def test_a_text_is_made_once_for_each_version(client, monkeypatch):
    made = []
    render = rendering.render
    monkeypatch.setattr(rendering, "render", lambda body: made.append(body) or render(body))
    article = make_article(slug="here", body="First.")
    for _ in range(3):
        client.get("/articles/here")
        make_article()  # purges every page
    assert made == ["First."]
    with unit_of_work():
        services.save_article(article, body="Second.")
    assert "Second." in client.get("/articles/here").text


def test_what_a_directive_shows_follows_its_own_changes(client, price):
    make_article(slug="here", body="Before.\n\n::price[x]\n\nAfter.")
    assert "price 14" in client.get("/articles/here").text
    make_article()  # the page is made anew, the text is not: its parts must still be known
    assert "price 14" in client.get("/articles/here").text
    price["number"] = 12
    with unit_of_work():
        purge("product:7")
    assert "price 12" in client.get("/articles/here").text


def test_the_opening_stands_apart_from_the_keys():
    document = rendering._split(
        rendering.Document(html=rendering.Markup("<p>A</p><h2>B</h2><p>C</p>"), headings=())
    )
    assert document == ("<p>A</p>", "<h2>B</h2><p>C</p>")
    whole = rendering.Document(html=rendering.Markup("<h2>B</h2><p>C</p>"), headings=())
    assert rendering._split(whole) == ("", "<h2>B</h2><p>C</p>")
