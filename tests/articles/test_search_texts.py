"""The search index has what an article says, and making its text keeps no writer waiting."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from shop.blueprints.articles import syndication
from shop.blueprints.articles.services import save_article
from shop.core import database
from shop.core.jobs import OutOfDate, running
from shop.core.search.rows import TABLE
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api.events import ArticleChanged
from tests.factories.articles import make_article


def indexed():
    db.session.rollback()
    return db.session.scalars(select(TABLE.c.body)).all()


def test_a_text_is_made_before_the_transaction_that_keeps_it(app, monkeypatch):
    article = make_article(body="First words.")
    running.run_due()
    make, was_writing = syndication.readable, []

    def watched(*given):
        was_writing.append(database.writing.get())
        return make(*given)

    monkeypatch.setattr(syndication, "readable", watched)
    with unit_of_work():
        save_article(article, body="Second words.")
    running.run_due()
    assert was_writing == [False]
    assert indexed() == ["Second words."]


def test_a_text_that_was_changed_meanwhile_is_refused_and_made_anew(app):
    article = make_article(body="First words.")
    running.run_due()
    keep = syndication.keep_found(ArticleChanged(article_id=article.id))
    with unit_of_work():
        save_article(article, body="Second words.")
    with pytest.raises(OutOfDate), unit_of_work():
        keep()
    assert indexed() == ["First words."]
    running.run_due()
    assert indexed() == ["Second words."]
