"""What comments contribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.comments import (
    admin,
    answer_pages,
    answers,
    cli,
    desk,
    feed,
    judges,
    own,
    own_pages,
    queries,
    section,
    tallies,
    traces,
    views,
)
from shop.blueprints.comments.events import CommentApproved
from shop.blueprints.comments.models import Comment
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
    Subscriber,
    hookimpl,
)
from shop.plugins.types import Command

PLUGIN = Plugin(
    name="comments", title="Comments", requires=("accounts", "articles"), settings=CommentSettings
)


PAGES = (views, own_pages, answer_pages, feed)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield desk.LINKS
    yield from {module.bp for module in PAGES}  # one blueprint, which they share


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("article.head", "comments/feed_link.html", feed.of_article)
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
    yield from judges.CHECKS


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield from desk.PERIODIC_JOBS
    yield from judges.PERIODIC_JOBS
    yield Periodic("comments.fold_tallies", every=timedelta(minutes=1), handle=tallies.fold)
    yield Periodic("comments.forget_traces", every=timedelta(hours=1), handle=traces.forget)
    yield Periodic("comments.forget_answers", every=timedelta(hours=1), handle=answers.forget)


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    yield from desk.MAIL_KINDS
    yield MailKind(
        name="comment-answers-confirmation",
        title="Do you want answers to your comment by mail?",
        subject="Answers to your comment on “{{ title }}”",
        reason="You get this once because a comment with this address asked for its answers.",
    )
    yield MailKind(
        name="comment-answer",
        title="Somebody answered a comment",
        subject="{{ name }} answered on “{{ title }}”",
        reason="You get this because you asked for answers to your comments.",
    )


@hookimpl
def subscribers() -> Iterable[Subscriber]:
    yield from judges.SUBSCRIBERS
    yield Subscriber("comments.see_to_approved", CommentApproved, answers.see_to_approved)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield from desk.JOB_KINDS
    yield from judges.JOB_KINDS
    yield answers.TELL


@hookimpl
def commands() -> Iterable[Command]:
    yield cli.comments


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("comments", _l("Comments"), export=_export, erase=own.erase)


def _export(email: str) -> Sequence[Mapping[str, Any]]:
    watched = {each.comment_id: each.state for each in answers.watches_of(email)}
    return [_exported(comment, slug, watched) for comment, slug in queries.comments_by(email)]


def _exported(comment: Comment, slug: str, watched: Mapping[int, str]) -> Mapping[str, Any]:
    changed = {"changed": comment.edited_at.isoformat()} if comment.edited_at else {}
    answers_by_mail = {"answers_by_mail": watched[comment.id]} if comment.id in watched else {}
    return {
        "written": comment.posted_at.isoformat(),
        **changed,
        "article": slug,
        "name": comment.author_name,
        "comment": comment.body,
        "state": comment.state,
        **answers_by_mail,
    }
