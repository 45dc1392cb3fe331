"""What services promise of articles, whoever calls them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from shop.blueprints.articles import queries, services
from shop.blueprints.articles.authors.services import write_author
from shop.blueprints.articles.models import Article, ArticleTag, Tag
from shop.core import clock
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.articles import make_article, make_author, make_page


def names(published):
    return [type(fact).__name__ for fact in published]


def test_a_draft_is_nobodys_business(published):
    article = make_article(state="draft")
    with unit_of_work():
        services.save_article(article, title="Another title")
        services.remove_article(article)
    assert published == []


def test_facts_are_about_what_readers_see(published):
    article = make_article(state="draft")
    for change in (
        lambda: services.publish_article(article),
        lambda: services.save_article(article, title="Changed"),
        lambda: services.unpublish(article),
        lambda: services.publish_article(article),
        lambda: services.remove_article(article),
    ):
        with unit_of_work():
            change()
    assert names(published) == [
        "ArticlePublished",
        "ArticleChanged",
        "ArticleRemoved",
        "ArticlePublished",
        "ArticleRemoved",
    ]


def test_removing_and_restoring_twice_change_nothing_more(published):
    article = make_article()
    for change in (
        services.remove_article,
        services.remove_article,
        services.restore_article,
        services.restore_article,
    ):
        with unit_of_work():
            change(article)
    assert names(published) == ["ArticlePublished", "ArticleRemoved"]
    assert (article.state, article.removed_at) == ("draft", None)


def test_publishing_keeps_the_first_date(app):
    article = make_article(days_ago=5)
    first = article.published_at
    with unit_of_work():
        services.unpublish(article)
    with unit_of_work():
        services.publish_article(article)
    assert article.published_at == first


def test_publishing_now_what_was_scheduled_is_now(app):
    article = make_article(days_ago=-5)
    with unit_of_work():
        services.publish_article(article)
    assert article.is_public


def test_an_address_is_made_from_the_title_and_is_nobody_elses(app):
    slugs = [make_article(title="Grüße, Café!").slug for _ in range(3)]
    assert slugs == ["grusse-cafe", "grusse-cafe-2", "grusse-cafe-3"]
    assert make_page(title="Grüße, Café!").slug == "grusse-cafe"


@pytest.mark.parametrize("title", ["🦊", "؟", "\u202e", "—"])
def test_a_title_without_letters_still_has_an_address(app, title):
    assert make_article(title=title).slug.startswith("untitled")


def test_a_chosen_address_that_is_taken_is_refused(app):
    make_article(slug="here")
    with pytest.raises(Refused) as refusal, unit_of_work():
        services.write_article(title="T", body="", slug="here")
    assert refusal.value.field == "slug"


def test_an_import_gets_another_address_when_its_own_is_taken(app):
    make_article(slug="here")
    assert make_article(slug="here", import_key="wordpress:1").slug == "here-2"


def test_a_text_that_is_too_long_is_refused_and_nothing_stored(app):
    with pytest.raises(Refused) as refusal, unit_of_work():
        services.write_article(title="T", body="x" * 200_001)
    assert refusal.value.field == "body"
    assert db.session.scalars(select(Article)).all() == []


def test_control_characters_never_get_in(client):
    make_article(title="A\x00B\nC", body="one\x00\x0btwo\ufffe", slug="here", tags=["t\x07ag"])
    article = queries.article_of_slug("here")
    assert (article.title, article.body, article.tags[0].name) == ("AB C", "onetwo\ufffe", "tag")
    assert client.get("/feed.xml").status_code == 200


def test_tags_keep_their_order_and_count_once(app):
    article = make_article(tags=["Money", "trust", "money", " "])
    assert [tag.name for tag in article.tags] == ["Money", "trust"]
    with unit_of_work():
        services.save_article(article, tags=["Trust", "Apology"])
    db.session.expire_all()
    assert [tag.slug for tag in article.tags] == ["trust", "apology"]
    assert len(db.session.scalars(select(Tag)).all()) == 3


@pytest.mark.parametrize("tags", [["🦊"], ["x" * 81], [f"tag {n}" for n in range(11)]])
def test_a_bad_tag_is_refused(app, tags):
    with pytest.raises(Refused) as refusal, unit_of_work():
        services.write_article(title="T", body="", tags=tags)
    assert refusal.value.field == "tags"


def test_a_tag_knows_the_date_of_what_is_published_and_of_nothing_else(app):
    article = make_article(tags=["trust"])

    def dates():
        return db.session.scalars(select(ArticleTag.published_at)).all()

    assert dates() == [article.published_at]
    with unit_of_work():
        services.publish_article(article, at=clock.now() + timedelta(days=1))
    assert dates() == [article.published_at]
    for change in (services.unpublish, services.remove_article, services.restore_article):
        with unit_of_work():
            change(article)
        assert dates() == [None]
    make_page(tags=["trust"])
    assert dates() == [None, None]


def test_a_conflict_names_who_and_changes_nothing(app):
    from tests.factories.accounts import make_account

    other = make_account("editor", name="Joan")
    article = make_article(title="First")
    opened = article.version
    with unit_of_work():
        services.save_article(article, title="Joan's", by=other)
    with pytest.raises(services.Conflict) as conflict, unit_of_work():
        services.save_article(article, title="Mine", version=opened)
    assert conflict.value.by.name == "Joan"
    db.session.expire_all()
    assert article.title == "Joan's"


def test_of_two_editors_at_once_one_is_told(app):
    """Both opened version 1; whoever commits second must not overwrite the first."""
    article_id = make_article(title="First").id
    together, told = threading.Barrier(2), []

    def edit(name):
        with app.app_context():
            together.wait()
            try:
                with unit_of_work():
                    article = queries.article_by_id(article_id)
                    services.save_article(article, title=name, version=1)
            except services.Conflict:
                told.append(name)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=edit, args=(name,)) for name in ("A", "B")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    db.session.rollback()  # what the others committed
    article = queries.article_by_id(article_id)
    assert (article.version, article.title) == (2, "B" if told == ["A"] else "A")


def test_two_may_take_one_address_at_once_and_one_is_refused(app):
    together, refused = threading.Barrier(2), []

    def write():
        with app.app_context():
            together.wait()
            try:
                with unit_of_work():
                    services.write_article(title="T", body="", slug="here", tags=["new", "tags"])
            except Refused as refusal:
                refused.append(refusal.field)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["slug"]


def test_an_author_is_there_once(app):
    make_author("Ines Marlow")
    with pytest.raises(Refused), unit_of_work():
        write_author(name="Ines Marlow")


def test_the_summary_is_the_excerpt_or_the_beginning_of_the_text(app):
    body = "# Head\n\n*First* words [here](/x).\n\n::guide[notebook]\n\nMore."
    assert make_article(body=body, excerpt="An excerpt.").summary == "An excerpt."
    assert make_article(body=body).summary == "Head First words here. More."
