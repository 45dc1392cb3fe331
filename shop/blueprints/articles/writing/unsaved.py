"""Words that somebody typed and did not save: kept every few seconds, offered when the form is opened again.

They never become public by themselves. Saving or discarding forgets them, and time does after 30 days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, select
from werkzeug.datastructures import MultiDict

from shop.blueprints.accounts.models import Account
from shop.blueprints.articles.models import Article, ArticleKind
from shop.blueprints.articles.writing.models import UnsavedWords
from shop.core import clock, markdown
from shop.core.database import lock_names
from shop.plugins.api import db

KEPT = timedelta(days=30)
MOST_KEPT = 2 * markdown.MAX_ARTICLE
"""Characters of all fields together; a form with more is not kept."""


def unsaved_words(
    account: Account, kind: ArticleKind, article: Article | None
) -> UnsavedWords | None:
    """What somebody has not saved of an article, or of a new one."""
    return db.session.scalar(
        select(UnsavedWords).filter_by(account_id=account.id, place=_place(kind, article))
    )


def keep_unsaved(
    account: Account, kind: ArticleKind, article: Article | None, typed: Iterable[tuple[str, str]]
) -> bool:
    """Keep what somebody has typed until now in the place of what was kept before; False where it is too much."""
    fields = [(name, value) for name, value in typed]
    if sum(len(name) + len(value) for name, value in fields) > MOST_KEPT:
        return False
    lock_names(f"unsaved:{account.id}:{_place(kind, article)}")
    words = unsaved_words(account, kind, article)
    if words is None:
        words = UnsavedWords(
            account_id=account.id,
            article_id=article.id if article else None,
            place=_place(kind, article),
        )
        db.session.add(words)
    words.typed = fields
    words.kept_at = clock.now()
    return True


def forget_unsaved(account: Account, kind: ArticleKind, article: Article | None) -> None:
    """They are saved, or not wanted any more."""
    db.session.execute(
        delete(UnsavedWords).filter_by(account_id=account.id, place=_place(kind, article))
    )


def forget_old_words() -> None:
    """Delete what nobody came back to."""
    db.session.execute(delete(UnsavedWords).where(UnsavedWords.kept_at < clock.now() - KEPT))


def as_sent(words: UnsavedWords) -> MultiDict[str, str]:
    """The words as a form takes them."""
    return MultiDict([(name, value) for name, value in words.typed])


def _place(kind: ArticleKind, article: Article | None) -> str:
    return f"{kind}:{article.id if article else 'new'}"
