"""Re-scans: judges what is published with the rules and the weights of now, imported comments as well.

A re-scan changes nothing that readers see. It lists what it would hold, with the reasons; a person holds what he
chooses, as a decision like any other. What waits gets fresh evidence at the same time. It runs as a chain of jobs of a
hundred comments each; one that is killed goes on where the last one ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from shop.blueprints.accounts.models import Account
from shop.blueprints.comments import decisions
from shop.blueprints.comments.decisions import Outcome
from shop.blueprints.comments.judging import policy
from shop.blueprints.comments.judging.models import Rescan, RescanFinding, RescanState
from shop.blueprints.comments.judging.panel import SEEN_WHEN_SENT, Judgement, judge
from shop.blueprints.comments.models import Comment, State
from shop.core import clock
from shop.core.database import rows_changed
from shop.core.errors import NotFound
from shop.core.jobs import JobKind, enqueue
from shop.core.pagination import Page, beyond, decode_cursor
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.types import CommentDraft

CHUNK = 100
PAGE_SIZE = 50


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


def start(by: Account | None) -> Rescan:
    """Begin to judge everything; one that still runs is returned instead."""
    running = db.session.scalar(
        select(Rescan).where(Rescan.state == RescanState.RUNNING).with_for_update()
    )
    if running is not None:
        return running
    rescan = Rescan(
        state=RescanState.RUNNING,
        started_at=clock.now(),
        by_name=(by.name or by.email)[:80] if by else "",
        reached=0,
        judged=0,
        found=0,
        last=db.session.scalar(select(func.max(Comment.id))) or 0,
    )
    db.session.add(rescan)
    db.session.flush()
    db.session.execute(delete(Rescan).where(Rescan.id != rescan.id))
    _ring(rescan.id, 0)
    return rescan


def stop(rescan: Rescan) -> None:
    """End a running one; what it found so far stays."""
    if rescan.state == RescanState.RUNNING:
        rescan.state, rescan.finished_at = RescanState.STOPPED, clock.now()


def latest() -> Rescan | None:
    """The re-scan that runs, or else the last one."""
    return db.session.scalar(select(Rescan).order_by(Rescan.id.desc()).limit(1))


def findings(rescan: Rescan, after: str | None = None) -> Page[tuple[RescanFinding, Comment]]:
    """What it would hold and nobody has dealt with, the most suspicious first.

    Raises:
        NotFound: `after` is no cursor of ours.
    """
    keys = [RescanFinding.score, RescanFinding.comment_id]
    query = (
        select(RescanFinding, Comment)
        .join(Comment, Comment.id == RescanFinding.comment_id)
        .where(
            RescanFinding.rescan_id == rescan.id,
            RescanFinding.is_open.is_(True),
            Comment.state == State.APPROVED,
        )
    )
    if after:
        query = query.where(beyond(keys, decode_cursor(after, [int, int]), descending=True))
    rows = db.session.execute(
        query.order_by(*(key.desc() for key in keys)).limit(PAGE_SIZE + 1)
    ).all()
    pairs = [(finding, comment) for finding, comment in rows]
    return Page.of(pairs, PAGE_SIZE, lambda pair: [pair[0].score, pair[0].comment_id])


def hold(rescan: Rescan, comment_ids: Iterable[int], *, by: Account | None) -> Outcome:
    """Let comments wait for a person, with what the re-scan found as their evidence."""
    found = _open_findings(rescan, comment_ids)
    comments = db.session.scalars(
        select(Comment).where(Comment.id.in_([each.comment_id for each in found]))
    ).all()
    outcome = decisions.decide(comments, State.WAITING, by=by, seen=State.APPROVED)
    said = {each.comment_id: each for each in found}
    for comment in comments:
        if comment.state == State.WAITING:
            finding = said[comment.id]
            comment.evidence, comment.score = finding.evidence, finding.score
    _close(rescan, said)
    return outcome


def leave(rescan: Rescan, comment_ids: Iterable[int]) -> int:
    """Take comments off the list and leave them published; how many."""
    found = _open_findings(rescan, comment_ids)
    _close(rescan, [each.comment_id for each in found])
    return len(found)


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
    """Judge all that is left of a re-scan, here and now; the jobs that would have done so find nothing to do.

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


JOBS = (JobKind("comments.rescan", go_on, lease_seconds=300, in_transaction=False),)


def _draft_of(row: Any) -> CommentDraft:
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


def _kept_evidence(row: Any, judgement: Judgement) -> list[dict[str, Any]]:
    """What was just found, after what was seen when the comment was sent."""
    sent = [each for each in row.evidence if each.get("check") in SEEN_WHEN_SENT]
    return [*sent, *judgement.as_rows()]


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
    judgement = judge(_draft_of(row))
    evidence = _kept_evidence(row, judgement)
    score = sum(int(each.get("points", 0)) for each in evidence)
    return policy.would_hold(judgement), score, evidence


def _write_down(
    rescan_id: int, after: int, judged: Sequence[tuple[Any, tuple[bool, int, list[dict[str, Any]]]]]
) -> None:
    reached = judged[-1][0].id if judged else after
    held = [
        {"rescan_id": rescan_id, "comment_id": row.id, "score": score, "evidence": evidence}
        for row, (would_hold, score, evidence) in judged
        if would_hold and row.state == State.APPROVED
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
        return  # somebody else did these, or it was stopped
    _list(held)
    for row, (_would_hold, score, evidence) in judged:
        if row.state == State.WAITING:
            _refresh(row, score, evidence)
    if not is_last:
        _ring(rescan_id, reached)


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


def forget(comment_id: int) -> None:
    """Of a comment that is erased: what was found quotes it."""
    db.session.execute(delete(RescanFinding).where(RescanFinding.comment_id == comment_id))


def _open_findings(rescan: Rescan, comment_ids: Iterable[int]) -> Sequence[RescanFinding]:
    return db.session.scalars(
        select(RescanFinding)
        .where(
            RescanFinding.rescan_id == rescan.id,
            RescanFinding.comment_id.in_(list(comment_ids)),
            RescanFinding.is_open.is_(True),
        )
        .order_by(RescanFinding.comment_id)
    ).all()


def _close(rescan: Rescan, comment_ids: Iterable[int]) -> None:
    db.session.execute(
        update(RescanFinding)
        .where(
            RescanFinding.rescan_id == rescan.id, RescanFinding.comment_id.in_(list(comment_ids))
        )
        .values(is_open=False)
        .execution_options(synchronize_session="fetch")
    )


def _ring(rescan_id: int, after: int) -> None:
    enqueue(
        "comments.rescan",
        {"rescan_id": rescan_id, "after": after},
        unique_key=f"comments.rescan:{rescan_id}:{after}",
    )


def rescan_or_404(rescan_id: int) -> Rescan:
    """One re-scan.

    Raises:
        NotFound: there is none, or a newer one took its place.
    """
    rescan = db.session.get(Rescan, rescan_id)
    if rescan is None:
        raise NotFound
    return rescan
