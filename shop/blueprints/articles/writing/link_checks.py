"""What came of following the links of an article, and how a writer asks for that."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from shop.blueprints.articles.models import Article
from shop.blueprints.articles.writing.models import LinkAnswer
from shop.core import markdown
from shop.plugins.api import db, enqueue

CHECK_LINKS = "articles.check_links"


def links_to_check(outline: markdown.Outline) -> list[str]:
    """The links of an article that lead to a page: each once, in their order."""
    return [
        each
        for each in dict.fromkeys(outline.links)
        if each.startswith(("https://", "http://")) or (each.startswith("/") and each[1:2] != "/")
    ]


def ask_to_check(article: Article) -> None:
    """Let a job follow the links of an article."""
    enqueue(CHECK_LINKS, {"article_id": article.id})


def answers_of(article: Article) -> Mapping[str, LinkAnswer]:
    """What came of the links of an article when they were tried, by address."""
    found = db.session.scalars(select(LinkAnswer).filter_by(article_id=article.id))
    return {each.url: each for each in found}
