"""Rescans: judge what is published with the rules and the weights of now, imported comments as well.

A rescan changes nothing that readers see. It lists what it would hold, with the reasons; a person chooses what to
hold, as a decision like any other. What waits gets fresh evidence at the same time. `jobs` does the judging.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select, update

from shop.blueprints.accounts.models import Account
from shop.blueprints.comments import decisions
from shop.blueprints.comments.decisions import Outcome
from shop.blueprints.comments.judging.models import Rescan, RescanFinding, RescanState
from shop.blueprints.comments.models import Comment, State
from shop.core import clock
from shop.core.errors import or_404
from shop.core.web.pagination import Page, beyond, decode_cursor
from shop.plugins.api import db, enqueue

JOB = "comments.rescan"
PAGE_SIZE = 50


def start_rescan(by: Account | None) -> Rescan:
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
    enqueue_next(rescan.id, 0)
    return rescan


def stop_rescan(rescan: Rescan) -> None:
    """End a running one; what it found so far stays."""
    if rescan.state == RescanState.RUNNING:
        rescan.state, rescan.finished_at = RescanState.STOPPED, clock.now()


def latest_rescan() -> Rescan | None:
    """The rescan that runs, or else the last one."""
    return db.session.scalar(select(Rescan).order_by(Rescan.id.desc()).limit(1))


def findings(rescan: Rescan, after: str | None = None) -> Page[tuple[RescanFinding, Comment]]:
    """What it would hold and nobody has dealt with, the most suspicious first.

    Raises:
        NotFound: `after` is not a valid cursor.
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


def hold_findings(rescan: Rescan, comment_ids: Iterable[int], *, by: Account | None) -> Outcome:
    """Let comments wait for a person, with what the rescan found as their evidence."""
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


def leave_findings(rescan: Rescan, comment_ids: Iterable[int], *, by: Account | None) -> int:
    """Take comments off the list and leave them published; how many.

    What was found becomes their evidence, so that no later rescan lists them for the same.
    """
    found = _open_findings(rescan, comment_ids)
    said = {each.comment_id: each for each in found}
    for comment in db.session.scalars(select(Comment).where(Comment.id.in_(said))).all():
        comment.evidence, comment.score = said[comment.id].evidence, said[comment.id].score
    decisions.leave_as_is(list(said), by=by)
    _close(rescan, said)
    return len(found)


def forget_findings(comment_id: int) -> None:
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


def rescan_or_404(rescan_id: int) -> Rescan:
    """One rescan.

    Raises:
        NotFound: there is none, or a newer one took its place.
    """
    return or_404(db.session.get(Rescan, rescan_id))


def enqueue_next(rescan_id: int, after: int) -> None:
    """Let the comments behind `after` be judged next."""
    enqueue(
        JOB,
        {"rescan_id": rescan_id, "after": after},
        unique_key=f"comments.rescan:{rescan_id}:{after}",
    )
