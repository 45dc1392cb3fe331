"""What moderators decide. A decision rests on the state that its maker saw: one who comes too late is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import update

from shop.blueprints.accounts.models import Account
from shop.blueprints.comments import tallies
from shop.blueprints.comments.events import (
    CommentApproved,
    CommentMarkedSpam,
    CommentRejected,
    CommentReturned,
)
from shop.blueprints.comments.models import Comment, Decision, State
from shop.blueprints.comments.services import forget_pages
from shop.core import clock
from shop.core.errors import Refused
from shop.core.events import publish
from shop.core.tokens import random_token
from shop.extensions import db

_FACTS = {
    State.APPROVED: CommentApproved,
    State.SPAM: CommentMarkedSpam,
    State.REJECTED: CommentRejected,
    State.WAITING: CommentReturned,
}


@dataclass(slots=True)
class Outcome:
    """What became of several decisions in one go. Comments that already were so count as neither."""

    batch: str = field(default_factory=random_token)
    decided: int = 0
    overtaken: int = 0


def approve(comment: Comment, *, by: Account | None, seen: State | None = None) -> None:
    """Let readers see the comment. Approving twice changes nothing.

    Args:
        by: None for the command line.
        seen: the state in which the moderator saw it; the present one when not given.

    Raises:
        Refused: somebody has decided otherwise since it was seen.
    """
    _decide_one(comment, State.APPROVED, by, seen)


def mark_spam(comment: Comment, *, by: Account | None, seen: State | None = None) -> None:
    """Put the comment among the spam; otherwise like `approve`."""
    _decide_one(comment, State.SPAM, by, seen)


def reject(comment: Comment, *, by: Account | None, seen: State | None = None) -> None:
    """Refuse a comment that is no spam; otherwise like `approve`."""
    _decide_one(comment, State.REJECTED, by, seen)


def decide(
    comments: Iterable[Comment], to: State, *, by: Account | None, seen: State | None = None
) -> Outcome:
    """Move several comments to a state. Those that were overtaken stay as they are and are counted."""
    outcome = Outcome()
    # In the order of their ids, so that two who decide on the same ones wait for each other and do not lock up.
    for comment in sorted(comments, key=lambda each: each.id):
        before = State(comment.state)
        if before is to:
            continue
        is_current = before is not State.ERASED and seen in (None, before)
        if is_current and _move(comment, before, to, by=by, batch=outcome.batch):
            outcome.decided += 1
        else:
            outcome.overtaken += 1
    return outcome


def undo(decision: Decision, *, by: Account | None) -> None:
    """Restore the state before a decision; this too is recorded.

    Raises:
        Refused: it was undone already, or somebody has decided since.
    """
    if not _undo(decision, by, random_token()):
        raise Refused(_("Somebody has decided on this comment since."))


def undo_all(decisions: Iterable[Decision], *, by: Account | None) -> Outcome:
    """Undo several decisions; those that were overtaken stay."""
    outcome = Outcome()
    for decision in sorted(decisions, key=lambda each: each.comment_id):
        if _undo(decision, by, outcome.batch):
            outcome.decided += 1
        else:
            outcome.overtaken += 1
    return outcome


def _decide_one(comment: Comment, to: State, by: Account | None, seen: State | None) -> None:
    if decide([comment], to, by=by, seen=seen).overtaken:
        raise Refused(_("Somebody has already decided on this comment."))


def _undo(decision: Decision, by: Account | None, batch: str) -> bool:
    comment = db.session.get(Comment, decision.comment_id)
    if comment is None:
        return False
    before, to = State(decision.to_state), State(decision.from_state)
    return _move(comment, before, to, by=by, batch=batch, undoes=decision)


def _move(
    comment: Comment,
    before: State,
    to: State,
    *,
    by: Account | None,
    batch: str,
    undoes: Decision | None = None,
) -> bool:
    """Move the comment, unless its state, or for an undo anything at all, is no longer what it was."""
    change = update(Comment).where(Comment.id == comment.id, Comment.state == before)
    if undoes is not None:
        change = change.where(Comment.version == undoes.version)
    version = db.session.scalar(
        change.values(state=to, version=Comment.version + 1)
        .returning(Comment.version)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(comment, ["state", "version"])
    if version is None:
        return False
    now = clock.now()
    db.session.add(
        Decision(
            comment_id=comment.id,
            batch=batch,
            by_id=by.id if by else None,
            by_name=(by.name or by.email)[:80] if by else "",
            decided_at=now,
            from_state=before,
            to_state=to,
            version=version,
            undoes_id=undoes.id if undoes else None,
        )
    )
    if undoes is not None:
        undoes.undone_at = now
    tallies.note([(comment.article_id, before, to)])
    if State.APPROVED in (before, to):
        forget_pages(comment.article_id)
    publish(_FACTS[to](comment_id=comment.id))
    return True
