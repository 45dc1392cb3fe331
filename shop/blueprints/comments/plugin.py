"""What comments contribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.comments import cli, queries, tallies, views
from shop.blueprints.comments.authors import pages as own_pages
from shop.blueprints.comments.authors import services as own_comments
from shop.blueprints.comments.blueprints import admin_bp, bp
from shop.blueprints.comments.judging import contributions as judging
from shop.blueprints.comments.models import Comment
from shop.blueprints.comments.moderation import contributions as moderation
from shop.blueprints.comments.moderation.queue import pages as queue_pages
from shop.blueprints.comments.read_model import READ_MODEL
from shop.blueprints.comments.reading import feed, helpful, section
from shop.blueprints.comments.replies import pages as reply_pages
from shop.blueprints.comments.replies import watches
from shop.blueprints.comments.settings import CommentSettings
from shop.blueprints.comments.staff import pages as staff_pages
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    CommentCheck,
    JobKind,
    MailKind,
    Periodic,
    Permission,
    PersonalData,
    Plugin,
    ReadModel,
    Slot,
    Subscriber,
    TextJudge,
    hookimpl,
)
from shop.plugins.api.events import CommentApproved
from shop.plugins.types import Command

PLUGIN = Plugin(
    name="comments",
    title=_l("Comments"),
    requires=("accounts", "articles"),
    settings=CommentSettings,
)


PAGES = (views, own_pages, reply_pages, feed, staff_pages)
"""Files that add their pages to `blueprints.bp` or `blueprints.admin_bp` as they are imported."""


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield bp
    yield moderation.LINKS


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("article.head", "comments/feed_link.html", feed.of_article)
    yield Slot("article.after_body", section.TEMPLATE, section.below_article)


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
        blueprint=admin_bp,
        count=queries.comments_waiting_query,
        order=10,
        find=queue_pages.find_comments,
    )


@hookimpl
def comment_checks() -> Iterable[CommentCheck]:
    yield from moderation.CHECKS
    yield from judging.CHECKS


@hookimpl
def text_judges() -> Iterable[TextJudge]:
    yield judging.TEXT_JUDGE


@hookimpl
def read_models() -> Iterable[ReadModel]:
    yield READ_MODEL


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield from moderation.PERIODIC_JOBS
    yield from judging.PERIODIC_JOBS
    yield Periodic(
        "comments.fold_tallies", every=timedelta(minutes=1), handle=tallies.merge_changes
    )
    yield Periodic(
        "comments.forget_traces", every=timedelta(hours=1), handle=helpful.forget_old_marks
    )
    yield Periodic(
        "comments.forget_answers", every=timedelta(hours=1), handle=watches.forget_old_watches
    )


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    yield from moderation.MAIL_KINDS
    yield MailKind(
        name="comment-answers-confirmation",
        title=_l("Confirmation for replies by email"),
        subject=_l("Confirm: replies to your comment on “{{ title }}”"),
        reason=_l(
            "You get this email once because someone commented with this email address and asked for replies."
        ),
    )
    yield MailKind(
        name="comment-answer",
        title=_l("A reply to a comment"),
        subject=_l("{{ name }} replied on “{{ title }}”"),
        reason=_l("You get this email because you asked for replies to your comments."),
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield from judging.SUBSCRIBERS
    yield Subscriber(
        "comments.see_to_approved", CommentApproved, watches.see_to_approved, in_transaction=False
    )


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield from moderation.JOB_KINDS
    yield from judging.JOB_KINDS
    yield watches.TELL


@hookimpl
def commands() -> Iterable[Command]:
    yield cli.comments


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("comments", _l("Comments"), export=_export, erase=own_comments.erase)


def _export(email: str) -> Sequence[Mapping[str, Any]]:
    watched = {each.comment_id: each.state for each in watches.watches_of(email)}
    return [_exported(comment, slug, watched) for comment, slug in queries.comments_by(email)]


def _exported(comment: Comment, slug: str, watched: Mapping[int, str]) -> Mapping[str, Any]:
    changed = {"changed": comment.edited_at.isoformat()} if comment.edited_at else {}
    by_staff = {"as_you_wrote_it": comment.original_body} if comment.original_body else {}
    answers_by_mail = {"answers_by_mail": watched[comment.id]} if comment.id in watched else {}
    return {
        "written": comment.posted_at.isoformat(),
        **changed,
        "article": slug,
        "name": comment.author_name,
        "comment": comment.body,
        **by_staff,
        "state": comment.state,
        **answers_by_mail,
    }
