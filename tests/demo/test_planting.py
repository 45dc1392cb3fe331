"""The demonstration is planted whole, once, and shows every state that a page can have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from shop.blueprints.articles import services as article_services
from shop.blueprints.articles.models import Article, Author
from shop.blueprints.catalog.models import Product, Variant
from shop.blueprints.comments.models import Comment
from shop.blueprints.contact.models import Message
from shop.blueprints.newsletter.models import NewsletterSubscriber
from shop.blueprints.orders.models import Order
from shop.config import entries
from shop.core import clock
from shop.core.app_state import state_of
from shop.core.errors import Refused
from shop.core.site import site
from shop.core.unit_of_work import unit_of_work
from shop.demo import planting, stall
from shop.extensions import db
from tests.factories.accounts import PASSWORD, make_account, sign_in
from tests.planted import plant


@pytest.fixture
def planted(app: Flask) -> list[str]:
    return plant()


def test_it_says_what_it_plants(planted: list[str]) -> None:
    assert "Planted 10 articles and the pages." in planted
    assert "Planted 41 comments." in planted


def test_every_state_of_an_article_and_a_comment_is_there(planted: list[str]) -> None:
    articles = db.session.scalars(select(Article)).all()
    assert any(article.is_scheduled for article in articles)
    assert any(article.state == "draft" for article in articles)
    states = Counter(db.session.scalars(select(Comment.state)))
    assert set(states) == {"approved", "waiting", "spam", "rejected"}


def test_no_comment_is_older_than_its_article(planted: list[str]) -> None:
    for comment, published_at in db.session.execute(
        select(Comment, Article.published_at).join(Article, Article.id == Comment.article_id)
    ):
        assert comment.posted_at > published_at


def test_stock_is_what_the_content_says_after_the_past_orders(planted: list[str]) -> None:
    stock = dict(db.session.execute(select(Variant.sku, Variant.stock_on_hand)).all())
    assert stock == {
        "REPAIR-PDF": None,
        "MONEY-PDF": None,
        "TABLE-BOX": 4,
        "TABLE-BAND": 9,
        "UNSENT-BOX": 0,
    }


def test_readers_find_the_magazine_and_the_stall(planted: list[str], client: FlaskClient) -> None:
    for path in (
        "/",
        "/articles/eight-keys-to-trust",
        "/pages/about",
        "/shop/",
        "/shop/the-unsent-box",
    ):
        assert client.get(path).status_code == 200, path
    assert client.get("/articles/what-the-lodger-heard").status_code == 404
    assert "About" in client.get("/").text


def test_all_that_it_leaves_in_its_folder_can_be_taken_away(
    planted: list[str], app: Flask, client: FlaskClient
) -> None:
    client.get("/")
    left = {path.name for path in state_of(app).config.data_dir.iterdir()}
    assert {"templates", "static", "files"} <= left <= entries()


def test_the_buyer_has_something_to_download(
    planted: list[str], client: FlaskClient, run_jobs: Callable[[], int], outbox: object
) -> None:
    run_jobs()
    account = planting.queries.account_of(planting.BUYER)
    assert account is not None
    sign_in(client, account, PASSWORD)
    assert "The Repair Notebook" in client.get("/account/downloads").text


def test_past_orders_are_past(planted: list[str]) -> None:
    orders = db.session.scalars(select(Order)).all()
    assert len(orders) == 3
    assert all(clock.now() - order.placed_at > timedelta(days=10) for order in orders)
    assert all(order.is_paid for order in orders)


@pytest.mark.parametrize(
    ("email", "status"),
    [(planting.OWNER, 200), (planting.MODERATOR, 200), (planting.BUYER, 403)],
)
def test_its_people_can_sign_in_and_do_what_they_may(
    planted: list[str], client: FlaskClient, email: str, status: int
) -> None:
    account = planting.queries.account_of(email)
    assert account is not None
    sign_in(client, account, PASSWORD)
    assert client.get("/admin/").status_code == status


def test_planting_again_keeps_what_was_written_and_removed(planted: list[str]) -> None:
    article = db.session.scalars(select(Article).where(Article.slug == "eight-keys-to-trust")).one()
    with unit_of_work():
        article_services.remove_article(article)
    assert not planting.plant(PASSWORD, planted.append)
    assert db.session.get_one(Article, article.id).removed_at is not None
    assert db.session.scalar(select(func.count()).select_from(Message)) == 3
    assert db.session.scalar(select(func.count()).select_from(NewsletterSubscriber)) == 12


def test_a_site_that_is_no_demonstration_is_not_planted_over(app: Flask) -> None:
    make_account("owner", "real@example.org")
    with pytest.raises(Refused):
        planting.plant(PASSWORD, lambda _: None)
    assert db.session.scalar(select(func.count()).select_from(Article)) == 0


def test_planting_that_breaks_off_leaves_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(stall, "plant_orders", fail)
    with pytest.raises(RuntimeError):
        planting.plant(PASSWORD, lambda _: None)
    assert db.session.scalar(select(func.count()).select_from(Article)) == 0
    assert planting.queries.account_of(planting.OWNER) is None


def test_the_demonstration_speaks_german_and_arabic(
    planted: list[str], client: FlaskClient
) -> None:
    for language, direction, word in (("de", "ltr", "Artikel"), ("ar", "rtl", "المقالات")):
        planting.speak(language)
        page = client.get("/articles/eight-keys-to-trust").text
        assert f'<html lang="{language}" dir="{direction}"' in page
        assert f'<a href="/articles/" aria-current="page"><span>{word}</span>' in page
        for tag in ("en", "de", "ar"):
            assert f'hreflang="{tag}" href="http://localhost/articles/' in page
    notebook = db.session.scalars(select(Product).filter_by(slug="the-repair-notebook")).one()
    assert [each.is_page for each in notebook.pictures] == [True] * 3
    assert db.session.scalars(select(Author).filter_by(slug="ines-marlow")).one().portrait_id


def test_the_site_is_named(planted: list[str]) -> None:
    assert site().name == "Bookstall"
    assert site().owner_email == planting.OWNER
