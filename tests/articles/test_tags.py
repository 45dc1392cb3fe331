"""Tags are renamed, described and merged; whatever led to them goes on leading there."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import select

from shop.blueprints.articles import services as articles
from shop.blueprints.articles.models import Tag
from shop.blueprints.articles.tags import services
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article

ATOM = "{http://www.w3.org/2005/Atom}"


def tag(slug):
    return db.session.scalars(select(Tag).where(Tag.slug == slug)).one()


def test_a_renamed_and_described_tag_says_so_at_once(client):
    make_article(slug="here", tags=["Trust"])
    assert "Trust" in client.get("/articles/here").text
    with unit_of_work():
        services.save_tag(tag("trust"), name="Confidence", slug="confidence", description="On it.")
    page = client.get("/articles/tag/confidence").text
    assert "Confidence" in page
    assert "On it." in page
    assert "Confidence" in client.get("/articles/here").text
    moved = client.get("/articles/tag/trust")
    assert (moved.status_code, moved.location) == (301, "/articles/tag/confidence")


def test_writers_who_type_the_old_or_the_new_name_get_the_tag(app):
    article = make_article(tags=["Trust"])
    with unit_of_work():
        services.save_tag(tag("trust"), name="Confidence")
        articles.save_article(article, tags=["Confidence"])
    assert [each.slug for each in article.tags] == ["trust"]
    with unit_of_work():
        services.save_tag(tag("trust"), name="Confidence", slug="confidence")
        articles.save_article(article, tags=["Trust", "Confidence"])
    assert [each.slug for each in article.tags] == ["confidence"]


def test_a_merged_tag_gives_its_articles_and_its_addresses_to_the_other(client):
    both = make_article(slug="both", tags=["News", "Home", "Noise"])
    make_article(slug="one", tags=["Noise"])
    with unit_of_work():
        services.save_tag(tag("noise"), name="Noises", slug="noises")
    with unit_of_work():
        services.merge_tags(tag("news"), into=tag("noises"))
    assert [each.slug for each in both.tags] == ["noises", "home"]
    for old in ("news", "noise"):
        assert client.get(f"/articles/tag/{old}").location == "/articles/tag/noises"
    page = client.get("/articles/tag/noises").text
    assert "/articles/both" in page
    assert "/articles/one" in page
    again = make_article(tags=["News"])
    assert [each.slug for each in again.tags] == ["noises"]


def test_two_tags_never_share_a_name(app):
    make_article(tags=["Trust", "News"])
    for name, slug, field in (
        ("News", "", "name"),
        ("Trust", "news", "slug"),
        ("A, b", "", "name"),
    ):
        with pytest.raises(Refused) as refused, unit_of_work():
            services.save_tag(tag("trust"), name=name, slug=slug)
        assert refused.value.field == field


def test_the_feed_of_a_tag_holds_its_articles_alone(client):
    make_article(title="About it", tags=["Trust"])
    make_article(title="Not about it")
    feed = ET.fromstring(client.get("/articles/tag/trust/feed.xml").data)  # noqa: S314 - our own
    assert [each.findtext(f"{ATOM}title") for each in feed.iter(f"{ATOM}entry")] == ["About it"]
    assert '/articles/tag/trust/feed.xml"' in client.get("/articles/tag/trust").text


def test_search_finds_tags_with_something_public(client, run_jobs):
    def is_found():
        run_jobs()
        return "/articles/tag/trust" in client.get("/search?q=trust").text

    article = make_article(tags=["Trust"], body="Quiet.")
    assert is_found()
    with unit_of_work():
        articles.save_article(article, tags=["Other"])
    assert not is_found()


def test_editors_rename_merge_and_delete_tags(app, client):
    article = make_article(tags=["Trust", "Confidence"])
    editor = sign_in(app.test_client(), make_account("editor", "ed@example.org"))
    assert "Confidence" in editor.get("/admin/tags/").text
    trust, other = tag("trust").id, tag("confidence").id
    assert "1 article" in editor.get(f"/admin/tags/{trust}").text
    assert editor.post(f"/admin/tags/{trust}/merger", data={"into": "nothing"}).status_code == 422
    assert (
        editor.post(f"/admin/tags/{trust}/merger", data={"into": "Confidence"}).status_code == 303
    )
    assert editor.post(f"/admin/tags/{trust}", data={"name": "Trust"}).status_code == 404
    assert editor.post(f"/admin/tags/{other}", data={"name": "Faith"}).status_code == 303
    editor.post(f"/admin/tags/{other}/removal")
    assert editor.get(f"/admin/tags/{other}").status_code == 200
    with unit_of_work():
        articles.save_article(article, tags=[])
    editor.post(f"/admin/tags/{other}/removal")
    assert editor.get(f"/admin/tags/{other}").status_code == 404
