"""Late checks: those that ask the net. A job asks each, with seconds; until all have answered, a person decides.

What a late check says stands beside the comment like any evidence. Where nobody has decided by then, the comment comes
to where it would have been without late checks, unless one of them holds or refuses it. One that fails for good leaves
the comment to a person: nothing is published by a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.comments import places, tallies
from shop.blueprints.comments.judging import campaigns, policy
from shop.blueprints.comments.judging.panel import Finding, Judgement, finding_of
from shop.blueprints.comments.judging.rescans.jobs import stored_draft
from shop.blueprints.comments.models import Comment, State
from shop.core.jobs import Lane
from shop.plugins import attempted, bounded, check_title, fitting, registry
from shop.plugins.api import CommentCheck, CommentDraft, Evidence, JobKind, db, enqueue, publish
from shop.plugins.api.events import CommentApproved

JOB = "comments.judge_late"
SECONDS = 30
ATTEMPTS = 5


def awaiting_late(judgement: Judgement) -> Judgement:
    """A judgement that is still to be completed; the same one where nothing is to come."""
    if judgement.is_refused:
        return judgement
    awaited = tuple(
        Finding(
            check.name,
            _("Still being checked: %(check)s", check=check_title(check)),
            is_unsure=True,
        )
        for check in registry().late_comment_checks
    )
    return Judgement((*judgement.findings, *awaited)) if awaited else judgement


def ask(comment: Comment, otherwise: State) -> None:
    """Have the late checks asked after the commit. `otherwise` is where the comment would be without them."""
    if otherwise is State.SPAM:
        return
    for check in registry().late_comment_checks:
        payload = {
            "check": check.name,
            "comment_id": comment.id,
            "version": comment.version,
            "otherwise": otherwise,
        }
        enqueue(JOB, payload)


def judge_late(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: ask one check about one comment, outside any transaction."""
    check = next(
        (each for each in registry().late_comment_checks if each.name == payload["check"]), None
    )
    comment = db.session.get(Comment, payload["comment_id"])
    if check is None or comment is None or not _is_awaited(comment, payload):
        return None
    draft = stored_draft(comment)
    db.session.rollback()
    findings = say(check, draft)
    db.session.rollback()
    return partial(_note, payload, findings)


def say(check: CommentCheck, draft: CommentDraft) -> Sequence[Finding]:
    """What one late check says.

    Raises:
        PluginFailed: it failed.
    """
    return attempted(
        "late_comment_checks",
        check,
        lambda: [
            finding_of(check, fitting(each, Evidence)) for each in bounded(check.judge(draft))
        ],
    )


def _is_awaited(comment: Comment, payload: dict[str, Any]) -> bool:
    """Whether nobody has decided, and the author has changed nothing, since we began to ask."""
    return comment.state == State.WAITING and comment.version == payload["version"]


def _note(payload: dict[str, Any], findings: Iterable[Finding]) -> None:
    """Write down what a check said, and let the comment come to its place once all have answered."""
    comment = db.session.get(
        Comment, payload["comment_id"], populate_existing=True, with_for_update=True
    )
    if comment is None or not _is_awaited(comment, payload):
        return
    before = [Finding(**each) for each in comment.evidence if each["check"] != payload["check"]]
    said = Judgement((*before, *findings))
    comment.evidence = said.as_rows()
    comment.score += round(sum(each.points + each.leaning for each in findings))
    place = _place(said, State(payload["otherwise"]))
    if place is not State.WAITING:
        _move(comment, place)


def _place(said: Judgement, otherwise: State) -> State:
    if said.is_refused:
        return State.SPAM
    return State.WAITING if policy.would_hold(said) else otherwise


def _move(comment: Comment, place: State) -> None:
    comment.state = place
    campaigns.forget_print(comment)
    campaigns.enrol_print(comment)
    tallies.add_changes([(comment.article_id, State.WAITING, place)])
    if place is State.APPROVED:
        publish(CommentApproved(comment_id=comment.id))
        places.forget_pages(comment.article_id)


JOBS = (
    JobKind(
        JOB,
        judge_late,
        max_attempts=ATTEMPTS,
        lease_seconds=SECONDS,
        in_transaction=False,
        lane=Lane.PLUGINS,
    ),
)
