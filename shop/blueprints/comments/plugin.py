"""What comments contribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.comments import (
    admin,
    checks,
    cli,
    desk,
    queries,
    section,
    services,
    tallies,
    traces,
    views,
)
from shop.blueprints.comments.settings import CommentSettings
from shop.plugins.api import (
    AdminSection,
    CommentCheck,
    JobKind,
    MailKind,
    Periodic,
    Permission,
    PersonalData,
    Plugin,
    Slot,
    hookimpl,
)
from shop.plugins.types import Command

PLUGIN = Plugin(
    name="comments", title="Comments", requires=("accounts", "articles"), settings=CommentSettings
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield desk.LINKS
    yield views.bp


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("article.after_body", "comments/section.html", section.below_article)


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission(
        "comments.moderate", _l("Moderate comments"), frozenset({"editor", "moderator"})
    )


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="comments",
        label=_l("Comments"),
        group="talk",
        permission="comments.moderate",
        blueprint=admin.bp,
        count=queries.waiting_count,
        order=10,
    )


@hookimpl
def comment_checks() -> Iterable[CommentCheck]:
    yield from desk.CHECKS
    yield from checks.SHIPPED


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield from desk.PERIODIC_JOBS
    yield Periodic("comments.fold_tallies", every=timedelta(minutes=1), handle=tallies.fold)
    yield Periodic("comments.forget_traces", every=timedelta(hours=1), handle=traces.forget)


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    yield from desk.MAIL_KINDS


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield from desk.JOB_KINDS


@hookimpl
def commands() -> Iterable[Command]:
    yield cli.comments


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("comments", _l("Comments"), export=_export, erase=services.erase)


def _export(email: str) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "written": comment.posted_at.isoformat(),
            "article": slug,
            "name": comment.author_name,
            "comment": comment.body,
            "state": comment.state,
        }
        for comment, slug in queries.comments_by(email)
    ]
