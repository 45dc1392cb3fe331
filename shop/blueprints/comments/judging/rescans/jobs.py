"""Judges again: a chain of jobs of a hundred comments each; one that is killed goes on where the last one ended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, select, update

from shop.blueprints.comments.judging import policy
from shop.blueprints.comments.judging.models import Rescan, RescanFinding, RescanState
from shop.blueprints.comments.judging.panel import judge, late_checks
from shop.blueprints.comments.judging.rescans.rescan import JOB, enqueue_next, rescan_or_404
from shop.blueprints.comments.models import Comment, Decision, State
from shop.blueprints.comments.reasons import reason_in_words
from shop.core import clock
from shop.core.database import rows_changed
from shop.core.jobs import Lane
from shop.plugins.api import CommentDraft, JobKind, db, unit_of_work

CHUNK = 100
_CHANGES = re.compile(r"\d+|“[^”]*”")
"""Of a reason: how often, and which words are quoted."""

_AS_SENT = select(
    Comment.id,
    Comment.article_id,
    Comment.author_name,
    Comment.author_url,
    Comment.email,
    Comment.body,
    Comment.parent_id,
    Comment.address_key,
    Comment.network_key,
    Comment.evidence,
    Comment.state,
    Comment.version,
)


def go_on(payload: dict[str, Any]) -> None:
    """Judge the next hundred comments, each outside of any transaction, and then write down what was found."""
    rescan = db.session.get(Rescan, payload["rescan_id"])
    after: int = payload["after"]
    if rescan is None or rescan.state != RescanState.RUNNING or rescan.reached != after:
        return
    rows = _next(after, rescan.last)
    db.session.rollback()
    judged = [(row, _judged(row)) for row in rows]
    with unit_of_work():
        _write_down(payload["rescan_id"], after, judged)


def run_through(rescan_id: int) -> Rescan:
    """Judge all that is left of a rescan, here and now; the jobs that would have done so find nothing to do.

    Raises:
        NotFound: there is none, or a newer one took its place.
    """
    while True:
        db.session.rollback()
        rescan = rescan_or_404(rescan_id)
        if rescan.state != RescanState.RUNNING:
            return rescan
        go_on({"rescan_id": rescan.id, "after": rescan.reached})


def weigh(comment_ids: Iterable[int]) -> None:
    """Give stored comments the evidence of now, whatever state they are in; none moves. Not inside a unit of work."""
    rows = db.session.execute(_AS_SENT.where(Comment.id.in_(list(comment_ids)))).all()
    db.session.rollback()
    judged = [(row, _judged(row)) for row in rows]
    with unit_of_work():
        for row, (_would_hold, score, evidence) in judged:
            _refresh(row, score, evidence)


def stored_draft(row: Any) -> CommentDraft:
    """A stored comment as a draft; how it was sent is no longer known."""
    return CommentDraft(
        article_id=row.article_id,
        author=row.author_name,
        email=row.email,
        body=row.body,
        parent_id=row.parent_id,
        address_key=row.address_key,
        seconds_to_write=None,
        honeypot="",
        url=row.author_url,
        comment_id=row.id,
        network_key=row.network_key,
    )


def _next(after: int, last: int) -> Sequence[Any]:
    return db.session.execute(
        _AS_SENT.where(
            Comment.id > after,
            Comment.id <= last,
            Comment.state.in_([State.APPROVED, State.WAITING]),
        )
        .order_by(Comment.id)
        .limit(CHUNK)
    ).all()


def _judged(row: Any) -> tuple[bool, int, list[dict[str, Any]]]:
    judgement = judge(stored_draft(row))
    since_sent = judgement.since_sent(row.evidence, and_of=late_checks())
    return policy.would_hold(judgement), since_sent.score, since_sent.as_rows()


def _write_down(
    rescan_id: int, after: int, judged: Sequence[tuple[Any, tuple[bool, int, list[dict[str, Any]]]]]
) -> None:
    reached = judged[-1][0].id if judged else after
    approved = _approved_by_people([row.id for row, _judged in judged])
    held = [
        {"rescan_id": rescan_id, "comment_id": row.id, "score": score, "evidence": evidence}
        for row, (would_hold, score, evidence) in judged
        if would_hold
        and row.state == State.APPROVED
        and not (row.id in approved and _was_known(evidence, row.evidence))
    ]
    is_last = len(judged) < CHUNK
    moved = rows_changed(
        update(Rescan)
        .where(Rescan.id == rescan_id, Rescan.reached == after, Rescan.state == RescanState.RUNNING)
        .values(
            reached=reached,
            judged=Rescan.judged + len(judged),
            found=Rescan.found + len(held),
            state=RescanState.DONE if is_last else RescanState.RUNNING,
            finished_at=clock.now() if is_last else None,
        )
    )
    if moved != 1:
        return  # someone else did these, or it was stopped
    _list(held)
    for row, (_would_hold, score, evidence) in judged:
        if row.state == State.WAITING:
            _refresh(row, score, evidence)
    if not is_last:
        enqueue_next(rescan_id, reached)


def _approved_by_people(comment_ids: Sequence[int]) -> set[int]:
    """Those whose present text a person approved."""
    decided = select(Decision.comment_id).join(Comment, Comment.id == Decision.comment_id)
    return set(
        db.session.scalars(
            decided.where(
                Decision.comment_id.in_(comment_ids),
                Decision.to_state == State.APPROVED,
                Decision.version == Comment.version,
                Decision.undone_at.is_(None),
            )
        )
    )


def _was_known(now: Sequence[dict[str, Any]], before: Sequence[dict[str, Any]]) -> bool:
    """Whether all that speaks against a comment now stood beside it when it was approved; numbers may have grown."""
    return _against(now) <= _against(before)


def _against(evidence: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    return {
        (each["check"], _CHANGES.sub("", reason_in_words(each["reason"])))
        for each in evidence
        if each.get("points", 0) > 0 or each.get("is_unsure")
    }


def _list(held: list[dict[str, Any]]) -> None:
    """Those that readers see no more can't be listed: evidence quotes, and of what was erased nothing is kept."""
    ids = [each["comment_id"] for each in held]
    seen = select(Comment.id).where(Comment.id.in_(ids), Comment.state == State.APPROVED)
    there = set(db.session.scalars(seen.order_by(Comment.id).with_for_update(read=True)))
    rows = [{**each, "is_open": True} for each in held if each["comment_id"] in there]
    if rows:
        db.session.execute(insert(RescanFinding), rows)


def _refresh(row: Any, score: int, evidence: list[dict[str, Any]]) -> None:
    """Of one that waits; unless its author or a moderator changed it meanwhile."""
    db.session.execute(
        update(Comment)
        .where(Comment.id == row.id, Comment.version == row.version)
        .values(score=score, evidence=evidence)
        .execution_options(synchronize_session=False)
    )


JOBS = (JobKind(JOB, go_on, in_transaction=False, lane=Lane.SLOW),)
