"""What moderators decide. A decision rests on what its maker saw: one who comes too late is told, and by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, insert, select, update

from shop.blueprints.accounts.models import Account
from shop.blueprints.comments import places, tallies
from shop.blueprints.comments.models import Comment, Decision, State
from shop.blueprints.comments.places import forget_pages
from shop.core import clock
from shop.core.secrets.tokens import random_token
from shop.plugins.api import Refused, db, publish
from shop.plugins.api.events import (
    CommentApproved,
    CommentMarkedSpam,
    CommentRejected,
    CommentReturned,
)

VERBS = {"approve": State.APPROVED, "spam": State.SPAM, "reject": State.REJECTED}
"""What moderators can do to a comment, by the word in addresses, and the state that it leads to."""

_FACTS = {
    State.APPROVED: CommentApproved,
    State.SPAM: CommentMarkedSpam,
    State.REJECTED: CommentRejected,
    State.WAITING: CommentReturned,
}


@dataclass(slots=True)
class Outcome:
    """What became of several decisions in one go. Comments that already were so count as neither.

    `overtaken` holds the ids of those that someone else had decided on.
    """

    batch: str = field(default_factory=random_token)
    decided: int = 0
    overtaken: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Move:
    comment_id: int
    article_id: int
    before: State
    to: State
    version: int
    undoes_id: int | None = None


def approve(comment: Comment, *, by: Account | None, seen: State | None = None) -> None:
    """Let readers see the comment. Approving twice changes nothing.

    Args:
        by: None for the command line.
        seen: the state in which the moderator saw it; the present one when not given.

    Raises:
        Refused: someone has decided otherwise since it was seen.
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
    found = list(comments)
    outcome = decide_ids([comment.id for comment in found], to, by=by, seen=seen)
    for comment in found:
        db.session.expire(comment, ["state", "version"])
    return outcome


def decide_ids(
    ids: Sequence[int],
    to: State,
    *,
    by: Account | None,
    seen: State | None = None,
    versions: Mapping[int, int] | None = None,
    batch: str = "",
) -> Outcome:
    """Move comments to a state, by as many statements for a thousand as for one.

    Args:
        versions: of comments, as the moderator saw them: another version since is another's decision, or a new text.
        batch: of decisions that these belong to; a new one when not given.
    """
    outcome = Outcome(batch) if batch else Outcome()
    moves = []
    for row in _locked(ids):
        before = State(row.state)
        if before is to:
            continue
        is_current = before is not State.ERASED and seen in (None, before)
        if is_current and (versions or {}).get(row.id, row.version) == row.version:
            moves.append(_Move(row.id, row.article_id, before, to, row.version + 1))
        else:
            outcome.overtaken.append(row.id)
    _move(moves, by, outcome)
    return outcome


def leave_as_is(ids: Sequence[int], *, by: Account | None) -> Outcome:
    """Note that somebody looked at comments and left them as they are: a decision that moves nothing."""
    outcome, moves = Outcome(), []
    for row in _locked(ids):
        state = State(row.state)
        moves.append(_Move(row.id, row.article_id, state, state, row.version))
    _write_down(moves, by, outcome)
    return outcome


def undo(decision: Decision, *, by: Account | None) -> None:
    """Restore the state before a decision; this too is recorded.

    Raises:
        Refused: it was undone already, or someone has decided since.
    """
    if not undo_all([decision], by=by).decided:
        raise Refused(_("Someone else has decided on this comment in the meantime."))


def undo_all(decisions: Iterable[Decision], *, by: Account | None, batch: str = "") -> Outcome:
    """Undo several decisions; those that were overtaken stay."""
    outcome = Outcome(batch) if batch else Outcome()
    undone = {decision.comment_id: decision for decision in decisions}
    _hold([decision.id for decision in undone.values()])
    moves, confirmed = [], []
    for row in _locked(list(undone)):
        decision = undone[row.id]
        before, to = State(decision.to_state), State(decision.from_state)
        if row.version != decision.version or row.state != before:
            outcome.overtaken.append(row.id)
        elif before is to:
            confirmed.append(decision.id)
        else:
            moves.append(_Move(row.id, row.article_id, before, to, row.version + 1, decision.id))
    _move(moves, by, outcome)
    outcome.decided += len(confirmed)
    ids = [*confirmed, *(move.undoes_id for move in moves)]
    if ids:
        db.session.execute(
            update(Decision).where(Decision.id.in_(ids)).values(undone_at=clock.now())
        )
    return outcome


def _decide_one(comment: Comment, to: State, by: Account | None, seen: State | None) -> None:
    if decide([comment], to, by=by, seen=seen).overtaken:
        raise Refused(_("Someone has already decided on this comment."))


def _locked(ids: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    """The comments as they are now, nobody else's until we are done.

    In the order of their ids, so that two who decide on the same ones wait for each other and do not lock up.
    """
    columns = (Comment.id, Comment.article_id, Comment.state, Comment.version)
    query = select(*columns).where(Comment.id.in_(ids)).order_by(Comment.id)
    return db.session.execute(query.with_for_update()).all() if ids else []


def _hold(ids: Sequence[int]) -> None:
    """Decisions before their comments, as `bulk` does: two who undo wait for each other and do not lock up."""
    query = select(Decision.id).where(Decision.id.in_(ids)).order_by(Decision.id)
    db.session.execute(query.with_for_update(key_share=True))


def _move(moves: Sequence[_Move], by: Account | None, outcome: Outcome) -> None:
    """Move locked comments, and write down who did."""
    if not moves:
        return
    hidden = [move.comment_id for move in moves if move.before is State.APPROVED]
    places.unmark(hidden)
    for to in {move.to for move in moves}:
        ids = [move.comment_id for move in moves if move.to is to]
        db.session.execute(
            update(Comment)
            .where(Comment.id.in_(ids))
            .values(state=to, version=Comment.version + 1)
            .execution_options(synchronize_session=False)
        )
    _write_down(moves, by, outcome)
    tallies.add_changes([(move.article_id, move.before, move.to) for move in moves])
    for article_id in {
        move.article_id for move in moves if State.APPROVED in (move.before, move.to)
    }:
        forget_pages(article_id)
    publish(*(_FACTS[move.to](comment_id=move.comment_id) for move in moves))


def _write_down(moves: Sequence[_Move], by: Account | None, outcome: Outcome) -> None:
    if moves:
        db.session.execute(insert(Decision), [_as_row(move, by, outcome.batch) for move in moves])
    outcome.decided += len(moves)


def _as_row(move: _Move, by: Account | None, batch: str) -> dict[str, Any]:
    return {
        "comment_id": move.comment_id,
        "batch": batch,
        "by_id": by.id if by else None,
        "by_name": (by.name or by.email)[:80] if by else "",
        "decided_at": clock.now(),
        "from_state": move.before,
        "to_state": move.to,
        "version": move.version,
        "undoes_id": move.undoes_id,
    }
