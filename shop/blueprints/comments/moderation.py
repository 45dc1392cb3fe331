"""What moderators see: the queue, and the log of decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import aliased

from shop.blueprints.articles.models import Article
from shop.blueprints.comments.models import Comment, Decision, State
from shop.core.pagination import Page, beyond, decode_cursor
from shop.extensions import db

PAGE_SIZE = 50
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Reason:
    """A piece of evidence in words. `tone` is bad, good or nothing."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class QueuedComment:
    """A comment beside what a moderator needs to judge it. `campaign` names a group that it belongs to, if any."""

    id: int
    author_name: str
    posted_at: datetime
    article_title: str
    article_slug: str
    is_visible: bool
    body_html: Markup
    reasons: Sequence[Reason]
    campaign: str = ""

    @property
    def article_url(self) -> str:
        """The article, at the comment where readers see it."""
        if self.is_visible:
            return url_for("comments.show", comment_id=self.id)
        return url_for("articles.show", slug=self.article_slug)


def queue(
    state: State, *, search: str = "", article: str = "", after: str | None = None
) -> Page[QueuedComment]:
    """Comments in a state: those that wait first in, first out, so that nobody waits for ever; others newest first.

    Args:
        search: a part of the name, the text or the article's title; a whole e-mail address finds what its owner wrote.
        article: the slug of one article.

    Raises:
        NotFound: `after` is no cursor of ours.
    """
    newest_first = state is not State.WAITING
    keys = [Comment.posted_at, Comment.id]
    query = _with_context().where(Comment.state == state)
    if search:
        query = query.where(_matches(search[:LONGEST_SEARCH]))
    if article:
        query = query.where(Article.slug == article)
    if after:
        cursor = decode_cursor(after, [datetime, int])
        query = query.where(beyond(keys, cursor, descending=newest_first))
    order = [key.desc() for key in keys] if newest_first else keys
    rows = db.session.execute(query.order_by(*order).limit(PAGE_SIZE + 1)).all()
    page = Page.of(rows, PAGE_SIZE, lambda row: [row.posted_at, row.id])
    return Page([_queued(row) for row in page.items], page.next_cursor)


def decisions(after: str | None = None) -> Page[Row[Decision, str, int, str]]:
    """The log, newest first: decision, name of the comment's author, the comment's version, title of its article.

    Raises:
        NotFound: `after` is no cursor of ours.
    """
    query = (
        select(Decision, Comment.author_name, Comment.version, Article.title)
        .join(Comment, Comment.id == Decision.comment_id)
        .join(Article, Article.id == Comment.article_id)
    )
    if after:
        query = query.where(beyond([Decision.id], decode_cursor(after, [int]), descending=True))
    rows = db.session.execute(query.order_by(Decision.id.desc()).limit(PAGE_SIZE + 1)).all()
    return Page.of(rows, PAGE_SIZE, lambda row: [row[0].id])


def _with_context() -> Select[*tuple[Any, ...]]:
    answered = aliased(Comment)
    return (
        select(
            Comment.id,
            Comment.author_name,
            Comment.state,
            Comment.posted_at,
            Comment.body_html,
            Comment.evidence,
            Article.title,
            Article.slug,
            answered.author_name.label("answers"),
        )
        .join(Article, Article.id == Comment.article_id)
        .outerjoin(answered, answered.id == Comment.parent_id)
    )


def _matches(search: str) -> Any:
    part = search.lower()
    if "@" in part:
        return Comment.email == part
    return or_(
        func.lower(Comment.author_name).contains(part, autoescape=True),
        func.lower(Comment.body).contains(part, autoescape=True),
        func.lower(Article.title).contains(part, autoescape=True),
    )


def _queued(row: Row[*tuple[Any, ...]]) -> QueuedComment:
    reasons = [_reason(each) for each in row.evidence]
    if row.answers:
        reasons.insert(0, Reason(_("Reply to %(name)s", name=row.answers), ""))
    return QueuedComment(
        id=row.id,
        author_name=row.author_name,
        posted_at=row.posted_at,
        article_title=row.title,
        article_slug=row.slug,
        is_visible=row.state == State.APPROVED,
        body_html=Markup(row.body_html),  # noqa: S704 - render_comment cleaned it before it was stored
        reasons=reasons,
    )


def _reason(finding: dict[str, Any]) -> Reason:
    points = finding.get("points", 0)
    tone = "bad" if points > 0 or finding.get("is_unsure") else "good" if points < 0 else ""
    return Reason(str(finding.get("reason", "")), tone)
