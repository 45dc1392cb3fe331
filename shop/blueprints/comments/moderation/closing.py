"""Closing the comments of one article, and opening them again."""

from __future__ import annotations

from shop.blueprints.accounts.models import Account
from shop.blueprints.articles.models import Article
from shop.blueprints.comments.moderation import activity
from shop.blueprints.comments.places import forget_pages
from shop.plugins.api import NotFound, db


def let_comment(article_id: int, *, is_open: bool, by: Account | None) -> str:
    """Let readers comment on an article or a page, or no longer; returns its title.

    The article's version grows, so that an editor who has it open does not close or open it again unawares.

    Raises:
        NotFound: there is no such article.
    """
    article = db.session.get(Article, article_id, with_for_update=True)
    if article is None:
        raise NotFound
    if article.comments_open is not is_open:
        article.comments_open = is_open
        article.version += 1
        forget_pages(article.id)
        activity.record("opened" if is_open else "closed", article.title, by)
    return article.title
