"""What the plugin gives to the site. Hooks are called once, when the site starts."""

from __future__ import annotations

from collections.abc import Iterable

from bookstall_akismet import judging, service
from shop.plugins.api import (
    AnySubscriber,
    CommentCheck,
    HealthCheck,
    JobKind,
    Plugin,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import CommentApproved, CommentMarkedSpam

PLUGIN = Plugin(
    name="akismet",
    title="Akismet",
    requires=("articles", "comments"),
    settings=service.AkismetSettings,
    api=">=1,<2",
)


@hookimpl
def late_comment_checks() -> Iterable[CommentCheck]:
    yield judging.Akismet()


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("akismet.approved", CommentApproved, _learn)
    yield Subscriber("akismet.spam", CommentMarkedSpam, _learn)


def _learn(event: CommentApproved | CommentMarkedSpam) -> None:
    judging.teach_later(event.comment_id)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield JobKind(judging.JOB, judging.teach, lease_seconds=30, in_transaction=False)


@hookimpl
def health_checks() -> Iterable[HealthCheck]:
    yield HealthCheck("akismet", service.check_key)
