"""What a moderator sees of each comment: evidence in words, what it belongs to, and who decided on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import aliased

from shop.blueprints.articles.models import Article
from shop.blueprints.articles.syndication import article_path
from shop.blueprints.comments.models import Comment, Decision, State
from shop.blueprints.comments.moderation.queue.filters import QueueFilter
from shop.blueprints.comments.moderation.queue.groups import CampaignGroup, campaign_groups
from shop.blueprints.comments.moderation.queue.matching import MatchingPage, find_matching
from shop.blueprints.comments.reasons import reason_in_words
from shop.plugins.api import db

EXCERPT = 240


@dataclass(frozen=True, slots=True)
class Reason:
    """Evidence in words. `tone` is bad, good or nothing."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Context:
    """What the comment was written below, and what it answers."""

    article_id: int
    title: str
    slug: str
    url: str
    summary: str
    published_at: datetime | None
    is_open: bool
    answers: str
    answered_text: str


@dataclass(frozen=True, slots=True)
class CommentCard:
    """A comment beside what a moderator needs to judge it; with a group, all of that at once."""

    id: int
    version: int
    state: State
    author_name: str
    email: str
    posted_at: datetime
    body_html: Markup
    reasons: Sequence[Reason]
    context: Context
    decided: str
    is_top: bool
    is_pinned: bool
    is_highlighted: bool
    is_edited_by_staff: bool
    group: CampaignGroup | None = None

    @property
    def is_visible(self) -> bool:
        """Whether readers see it."""
        return self.state is State.APPROVED

    @property
    def article_url(self) -> str:
        """The article, at the comment where readers see it."""
        if self.is_visible:
            return url_for("comments.show", comment_id=self.id)
        return self.context.url

    @property
    def pick(self) -> str:
        """The value of its box: the comment as it was seen, or the campaign."""
        return f"campaign:{self.group.key}" if self.group else f"{self.id}.{self.version}"


@dataclass(frozen=True, slots=True)
class Cards:
    """A page of the queue. `is_cut`: it was looked at no further, though more may match."""

    items: Sequence[CommentCard]
    next_cursor: str | None
    is_cut: bool


def page_of_cards(wanted: QueueFilter, *, after: str | None = None) -> Cards:
    """A page of cards: five queries at most, whatever is stored.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    page: MatchingPage = find_matching(wanted, after=after)
    rows = {row.id: row for row in db.session.execute(_facts(page.ids))} if page.ids else {}
    keys = [row.campaign for row in rows.values() if row.campaign] if wanted.is_grouped else []
    found = campaign_groups(keys, wanted.state, besides=page.ids)
    said = who_decided(page.ids) if wanted.state is not State.WAITING else {}
    items = [_card(rows[each], found, said) for each in page.ids if each in rows]
    return Cards(items, page.next_cursor, page.is_cut)


def who_decided(comment_ids: Sequence[int]) -> Mapping[int, str]:
    """The last decision on each comment that anyone decided on, in words."""
    newest = (
        select(func.max(Decision.id))
        .where(Decision.comment_id.in_(comment_ids))
        .group_by(Decision.comment_id)
    )
    query = select(Decision.comment_id, Decision.to_state, Decision.by_name).where(
        Decision.id.in_(newest)
    )
    rows = db.session.execute(query) if comment_ids else ()
    return {row.comment_id: _said(State(row.to_state), row.by_name) for row in rows}


def reasons_of(evidence: Sequence[dict[str, Any]]) -> list[Reason]:
    """What the checks said, in words."""
    return [_reason(each) for each in evidence]


def _said(to: State, by_name: str) -> str:
    name = by_name or _("the command line")
    said: dict[State, str] = {
        State.APPROVED: _("Approved by %(name)s", name=name),
        State.SPAM: _("Marked as spam by %(name)s", name=name),
        State.REJECTED: _("Rejected by %(name)s", name=name),
        State.WAITING: _("Moved back by %(name)s", name=name),
    }
    return said[to]


def _facts(ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    answered = aliased(Comment)
    return (
        select(
            Comment.id,
            Comment.version,
            Comment.state,
            Comment.author_name,
            Comment.email,
            Comment.posted_at,
            Comment.body_html,
            Comment.evidence,
            Comment.campaign,
            Comment.parent_id,
            Comment.pinned_at,
            Comment.highlighted_at,
            Comment.original_body.is_not(None).label("is_edited_by_staff"),
            Article.id.label("article_id"),
            Article.title,
            Article.slug,
            Article.kind,
            Article.summary,
            Article.published_at,
            Article.comments_open,
            answered.author_name.label("answers"),
            func.substr(answered.body, 1, EXCERPT).label("answered_text"),
        )
        .join(Article, Article.id == Comment.article_id)
        .outerjoin(answered, answered.id == Comment.parent_id)
        .where(Comment.id.in_(ids))
    )


def _card(
    row: Row[*tuple[Any, ...]], found: Mapping[str, CampaignGroup], said: Mapping[int, str]
) -> CommentCard:
    reasons = reasons_of(row.evidence)
    if row.answers:
        reasons.insert(0, Reason(_("Reply to %(name)s", name=row.answers), ""))
    return CommentCard(
        id=row.id,
        version=row.version,
        state=State(row.state),
        author_name=row.author_name,
        email=row.email,
        posted_at=row.posted_at,
        body_html=Markup(row.body_html),  # noqa: S704 - render_comment cleaned it before it was stored
        reasons=reasons,
        context=Context(
            article_id=row.article_id,
            title=row.title,
            slug=row.slug,
            url=article_path(row.kind, row.slug),
            summary=row.summary,
            published_at=row.published_at,
            is_open=row.comments_open,
            answers=row.answers or "",
            answered_text=row.answered_text or "",
        ),
        decided=said.get(row.id, ""),
        is_top=row.parent_id is None,
        is_pinned=row.pinned_at is not None,
        is_highlighted=row.highlighted_at is not None,
        is_edited_by_staff=row.is_edited_by_staff,
        group=found.get(row.campaign) if row.campaign else None,
    )


def _reason(finding: dict[str, Any]) -> Reason:
    points = finding.get("points", 0)
    tone = "bad" if points > 0 or finding.get("is_unsure") else "good" if points < 0 else ""
    return Reason(reason_in_words(finding.get("reason", "")), tone)
