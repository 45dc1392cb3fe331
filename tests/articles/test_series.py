"""A series puts articles in an order, and leads readers from one to the next."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from shop.blueprints.articles import services as articles
from shop.blueprints.articles.models import Article
from shop.blueprints.articles.series import services
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.articles.test_reading import structured_data
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import counted_queries, make_article


@pytest.fixture
def repair(app):
    """A series of three public parts, and a draft between them."""
    parts = [make_article(title=title) for title in ("First", "Second")]
    parts += [make_article(title="Draft", state="draft"), make_article(title="Last")]
    with unit_of_work():
        series = services.write_series(title="The repair year", description="Twelve months.")
        for part in parts:
            services.add_part(series, part)
    return series


def test_a_part_says_where_it_is_and_leads_on(client, repair):
    page = client.get("/articles/second")
    line = re.sub(r"<[^>]+>", "", page.text)
    assert "Part 2 of 3 of the series The repair year" in line
    assert re.search(r'rel="prev" href="/articles/first"', page.text)
    assert re.search(r'rel="next" href="/articles/last"', page.text)
    article = structured_data(page)["Article"]
    assert article["isPartOf"]["url"] == "http://localhost/series/the-repair-year"
    assert article["position"] == 2
    assert 'rel="next"' not in client.get("/articles/last").text


def test_the_page_of_a_series_has_its_public_parts_in_their_order(client, repair):
    page = client.get("/series/the-repair-year")
    assert "Twelve months." in page.text
    listed = re.findall(r'<h2[^>]*><a href="/articles/(\w+)"', page.text)
    assert listed == ["first", "second", "last"]
    parts = structured_data(page)["CreativeWorkSeries"]["hasPart"]
    assert [part["name"] for part in parts] == ["First", "Second", "Last"]
    assert "3 parts" in client.get("/series/").text
    assert "/series/the-repair-year" in client.get("/sitemap.xml").text


def test_a_part_that_is_published_or_moved_shows_on_the_others_at_once(client, repair):
    assert "Part 3 of 3" in client.get("/articles/last").text
    draft = db.session.scalars(select(Article).where(Article.title == "Draft")).one()
    with unit_of_work():
        articles.publish_article(draft)
    assert "Part 4 of 4" in client.get("/articles/last").text
    with unit_of_work():
        services.move_part(repair, draft.id, by=-5)
    assert "Part 1 of 4" in client.get("/articles/draft").text
    with unit_of_work():
        services.take_part_out(repair, draft.id)
    assert "Part " not in re.sub(r"<[^>]+>", "", client.get("/articles/draft").text)


def test_an_article_is_a_part_of_one_series_at_most(app, repair):
    article = make_article()
    with unit_of_work():
        services.add_part(repair, article)
        services.add_part(repair, article)
    with pytest.raises(Refused, match="another series"), unit_of_work():
        services.add_part(services.write_series(title="Other"), article)


def test_an_article_outside_of_series_asks_nothing_about_them(client, repair):
    make_article(slug="outside")
    client.get("/articles/second")
    with counted_queries() as asked:
        client.get("/articles/outside")
    assert not [each for each in asked if "series" in each]


def test_editors_begin_fill_and_delete_a_series(app, client):
    make_article(title="First")
    make_article(title="Second")
    editor = sign_in(app.test_client(), make_account("editor", "ed@example.org"))
    assert editor.post("/admin/series/new", data={"title": ""}).status_code == 422
    begun = editor.post("/admin/series/new", data={"title": "Repair"}).location
    for meant in ("First", "http://localhost/articles/second"):
        assert editor.post(f"{begun}/parts", data={"article": meant}).status_code == 303
    assert editor.post(f"{begun}/parts", data={"article": "none"}).status_code == 422
    page = editor.get(begun).text
    first = re.findall(r"part-(\d+)", page)[0]
    moves = re.findall(r'<button class="button button--quiet[^"]*"( disabled)?>(Up|Down)<', page)
    assert moves == [(" disabled", "Up"), ("", "Down"), ("", "Up"), (" disabled", "Down")]
    editor.post(f"{begun}/parts/{first}/position", data={"direction": "down"})
    assert "Part 2 of 2" in client.get("/articles/first").text
    editor.post(f"{begun}/parts/{first}/removal")
    assert client.get("/articles/first").status_code == 200
    editor.post(f"{begun}/removal")
    assert client.get("/series/repair").status_code == 404
