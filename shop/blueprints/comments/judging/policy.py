"""What becomes of a comment before a person decides: who is published, who has to wait, and what is refused.

Evidence of spam alone decides whether a person looks: what speaks for a sender never takes any of it away. Trust
decides who is asked less: whom people here approved on several days does not wait for the mere reason of being new.
Evidence holds a comment; people decide. Only a fact refuses it: a filled honeypot, or a copy of what this site called
spam three times; and what was refused is among the spam with its reason, where it can be approved.
"""

from __future__ import annotations

from datetime import timedelta

from flask_babel import ngettext
from sqlalchemy import delete, select

from shop.blueprints.comments import queries, tallies
from shop.blueprints.comments.judging.links_in_text import count_links
from shop.blueprints.comments.judging.panel import Judgement
from shop.blueprints.comments.models import Comment, Decision, State
from shop.blueprints.comments.settings import CommentSettings
from shop.core import clock, settings
from shop.plugins.api import CommentDraft, Refused, db

MOST_AT_ONCE = 1_000


def first_state(draft: CommentDraft, judgement: Judgement) -> State:
    """Where a new comment, or one with a new text, begins. Whatever is in doubt waits."""
    if judgement.is_refused:
        return State.SPAM
    rules = settings.current(CommentSettings)
    if rules.hold_all or would_hold(judgement):
        return State.WAITING
    if rules.hold_first_time and not is_known(draft.email, draft.author):
        return State.WAITING
    return State.APPROVED


def is_known(email: str, author: str) -> bool:
    """Whether comments of this address and name were approved on as many different days as the owner asks for."""
    needed = settings.current(CommentSettings).days_until_known
    return queries.days_of_approval(email, author) >= needed


def would_hold(judgement: Judgement) -> bool:
    """Whether what was found keeps even someone who is known from being published at once."""
    highest = settings.current(CommentSettings).highest_score
    return (
        judgement.is_refused
        or judgement.is_unsure
        or judgement.needs_a_person
        or judgement.points_against > highest
    )


def require_few_links(draft: CommentDraft) -> None:
    """Make sure that a comment is no list of links.

    Raises:
        Refused: it has more than the owner allows; `field` is body.
    """
    allowed = settings.current(CommentSettings).links_allowed
    if count_links(draft.body) > allowed:
        raise Refused(
            ngettext(
                "A comment can have at most one link. Remove some links and send it again.",
                "A comment can have at most %(num)d links. Remove some links and send it again.",
                allowed,
            ),
            field="body",
        )


def forget_refused() -> None:
    """Delete what was refused outright and nobody approved for 30 days, or for as long as the owner says."""
    days = settings.current(CommentSettings).keep_refused_days
    if not days:
        return
    rows = db.session.execute(
        select(Comment.id, Comment.article_id)
        .where(
            Comment.state == State.SPAM,
            Comment.posted_at < clock.now() - timedelta(days=days),
            ~select(Decision.id).where(Decision.comment_id == Comment.id).exists(),
            Comment.import_key.is_(None),
        )
        .order_by(Comment.posted_at)
        .limit(MOST_AT_ONCE)
        .with_for_update()
    ).all()
    db.session.execute(delete(Comment).where(Comment.id.in_([row.id for row in rows])))
    tallies.add_changes([(row.article_id, State.SPAM, None) for row in rows])
