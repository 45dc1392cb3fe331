"""What judging contributes, gathered from its files: checks, lessons from decisions, rescans."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask.blueprints import BlueprintSetupState

from shop.blueprints.comments.blueprints import bp
from shop.blueprints.comments.judging import checks, elsewhere, late, policy
from shop.blueprints.comments.judging.learning import earlier_decisions, lessons
from shop.blueprints.comments.judging.rescans import jobs, pages
from shop.core.app_state import state_of
from shop.core.jobs import Lane
from shop.core.web.warm_up import WarmUp
from shop.plugins.api import JobKind, Periodic, Subscriber
from shop.plugins.api.events import (
    CommentApproved,
    CommentMarkedSpam,
    CommentRejected,
    CommentReturned,
)

PAGES = (pages,)
"""Files that add their pages to `blueprints.admin_bp` as they are imported."""

CHECKS = checks.SHIPPED
TEXT_JUDGE = elsewhere.JUDGE


def _warm_up(setup: BlueprintSetupState) -> None:
    state_of(setup.app).part(WarmUp, WarmUp).add(checks.read_lists)


bp.record(_warm_up)


def _learn_from(event: Any) -> None:
    lessons.take_lesson(event.comment_id)


SUBSCRIBERS = tuple(
    Subscriber(f"comments.learn_from_{name}", event, _learn_from)
    for name, event in (
        ("approval", CommentApproved),
        ("spam", CommentMarkedSpam),
        ("rejection", CommentRejected),
        ("return", CommentReturned),
    )
)
JOB_KINDS = (
    JobKind(lessons.JOB, lambda _payload: lessons.learn_pending(), lane=Lane.SLOW),
    *jobs.JOBS,
    *late.JOBS,
    *earlier_decisions.JOBS,
)
PERIODIC_JOBS = (
    Periodic("comments.forget_refused", every=timedelta(hours=1), handle=policy.forget_refused),
)
