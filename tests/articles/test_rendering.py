"""The text of an article is kept, but never longer than it is true."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from shop.blueprints.articles import rendering, services
from shop.core import markdown
from shop.core.markdown import render_article
from shop.core.pages.page_cache import made_of
from shop.core.unit_of_work import purge, unit_of_work
from shop.plugins import registry
from shop.plugins.guard.health import health_book
from shop.plugins.types import BodyFilter, Directive
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article


def _boxed(argument, body):
    return {"message": Markup("[{}|{}]").format(argument, body)}


@pytest.fixture
def price(app, monkeypatch):
    """A directive `::price[...]` that shows a number which changes elsewhere."""
    stand = {"number": 14}

    def context(_argument):
        made_of("product:7")
        return {"message": f"price {stand['number']}"}

    shown = [*registry().directives, Directive("price", "cart/refused.html", context)]
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


def test_the_opening_stands_apart_from_the_first_heading_that_nothing_is_around():
    document = render_article("A\n\n> ## Q\n\n## B\n\nC")
    assert "</blockquote>" in document.opening
    assert document.rest.startswith("<h2")
    assert render_article("## B\n\nC").opening == ""
    assert render_article("A").rest == ""


@pytest.fixture
def boxes(app, monkeypatch):
    """Directives `box`, which draws around its body, and `lost`, which fails or draws nothing, as `stand` says."""
    stand = {"fails": True}

    def lost(_argument, _body):
        assert not stand["fails"], "it fails"

    monkeypatch.setattr(
        registry(),
        "directives",
        [
            Directive("box", "cart/refused.html", _boxed, has_body=True),
            Directive("lost", "cart/refused.html", lost, has_body=True),
            *registry().directives,
        ],
    )
    yield stand
    health_book().forget("")


def test_a_block_is_drawn_around_its_text_and_one_may_be_in_another(client, boxes):
    body = "Before.\n\n:::: box[wide]\nIn *it*.\n\n::: box\n<b>Deep</b>\n:::\n\n::::\n\nAfter."
    html = rendering.render(body).html
    assert html.index("Before.") < html.index("[wide|") < html.index("[|") < html.index("After.")
    assert "In <em>it</em>." in html
    assert "&lt;b&gt;Deep" in html


def test_the_text_of_a_block_stands_when_nothing_is_drawn_around_it(client, boxes):
    article = make_article(
        slug="here", body="::: lost[it]\n\nStill here.\n\n:::\n\n::: what\nis it"
    )
    answer = client.get("/articles/here")
    assert "Still here." in answer.text
    assert "private" in answer.headers["Cache-Control"]
    assert "::: what" in answer.text, "an unknown name stays text"
    boxes["fails"] = False
    answer = client.get("/articles/here")
    assert "Still here." in answer.text
    assert "public" in answer.headers["Cache-Control"]
    assert "Still here." in rendering.rendered_alone(article)
    assert markdown.plain_text(article.body) == "Still here.\nis it"


def test_links_of_a_text_that_stands_alone_lead_to_where_it_stands_on_the_site(app):
    body = "[Here](#below), [there](/shop/), [elsewhere](//example.org/x)"
    page = make_article(slug="about", kind="page", body=body)
    html = rendering.rendered_alone(page)
    assert 'href="http://localhost/pages/about#below"' in html
    assert 'href="http://localhost/shop/"' in html
    assert 'href="//example.org/x"' in html


@pytest.fixture
def filtered(app, monkeypatch):
    """An article's HTML, changed by these functions."""

    def filtered(body, *changes):
        given = [BodyFilter(str(at), change) for at, change in enumerate(changes)]
        monkeypatch.setattr(registry(), "body_filters", given)
        with app.test_request_context():
            return rendering.render(body).html

    yield filtered
    health_book().forget("")


def test_a_filter_changes_the_words_and_nothing_unsafe_comes_of_it(filtered):
    html = filtered(
        "A word.",
        lambda html: html.replace("word", '<a href="/glossary" onclick="x()">word</a>'),
        lambda html: html + "<script>x()</script><p style='color: red'>More.</p>",
    )
    assert html == '<p>A <a href="/glossary">word</a>.</p>\n<p>More.</p>'


def test_a_filter_that_fails_leaves_the_text_and_the_directives_as_they_were(filtered, price):
    body = "A word.\n\n::price[x]\n\n## Title\n\nAfter."
    plain = filtered(body)
    assert "price 14" in plain
    assert plain == filtered(
        body,
        lambda _html: None,
        lambda _html: "gone",
        lambda html: html + "x" * 1_000_000,
        lambda html: html.replace("<p>", "<p>!"),
        lambda _html: 1 / 0,
    )


def test_writers_find_what_they_can_write(client, price):
    writer = sign_in(client, make_account("editor"))
    page = writer.get("/admin/articles/new").text
    assert "<code>::guide[web-address]</code>" in page
    assert "<code>## 1. Title</code>" in page
    assert "::price" not in page, "it does not say what it is for"
