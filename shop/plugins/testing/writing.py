"""Articles and comments for a plugin's tests, made as people make them: facts are published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import TypeVar

import pytest
from flask import Flask

from shop.blueprints.articles import services as articles
from shop.blueprints.articles.models import Article
from shop.blueprints.comments import services as comments
from shop.blueprints.comments.judging.panel import judge
from shop.core import clock
from shop.core.markdown import render_comment
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.terms.read_models import ArticleView, CommentView
from shop.plugins.types import CommentDraft
from shop.plugins.verbs.looking_up import look_up

V = TypeVar("V")

BODY = "Trust is the part of a house that nobody photographs."

_numbers = count(1)


@pytest.fixture
def make_article(site: Flask) -> Callable[..., ArticleView]:
    """Publishes an article: `make_article(title="On trust", body="Some *Markdown*.")`, behind a gate where its name is
    given: `gate="members"`. All may be left out.
    """

    def make(*, title: str = "", body: str = BODY, gate: str = "") -> ArticleView:
        with unit_of_work():
            made = articles.write_article(
                title=title or f"Article {next(_numbers)}",
                body=body,
                gate=gate,
                state="published",
                published_at=clock.now() - timedelta(days=1),
            )
        return _looked_up(ArticleView, made.id)

    return make


@pytest.fixture
def change_article(site: Flask) -> Callable[..., ArticleView]:
    """Gives an article another text: `change_article(article, body="Something else.")`."""

    def change(changed: ArticleView, *, body: str) -> ArticleView:
        with unit_of_work():
            articles.save_article(db.session.get_one(Article, changed.id), body=body)
        return _looked_up(ArticleView, changed.id)

    return change


@pytest.fixture
def make_comment(site: Flask) -> Callable[..., CommentView]:
    """Sends a comment: `make_comment(article, body="I agree.", email="ann@example.org")`. All checks judge it."""

    def make(
        article: ArticleView,
        *,
        body: str = "I agree with the second part, and would add a word about roofs.",
        author: str = "Ann",
        email: str = "ann@example.org",
    ) -> CommentView:
        draft = CommentDraft(article.id, author, email, body, None, "", None, "")
        judgement, html = judge(draft), render_comment(body)
        with unit_of_work():
            made = comments.post(draft, judgement, html)
        return _looked_up(CommentView, made.id)

    return make


def _looked_up(kind: type[V], key: int) -> V:
    found = look_up(kind, key)
    assert found is not None
    return found
