"""What membership contributes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flask import Blueprint

from bookstall_membership import desk, members, pages
from bookstall_membership.settings import MembershipSettings
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    ArticleGate,
    JobKind,
    MailKind,
    NavigationItem,
    Permission,
    PersonalData,
    Plugin,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import SubscriptionEnded, SubscriptionStarted

PLUGIN = Plugin(
    name="membership",
    title="Membership",
    requires=("articles", "payments"),
    settings=MembershipSettings,
    api=">=1.1,<2",
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield pages.bp


@hookimpl
def navigation() -> Iterable[NavigationItem]:
    yield NavigationItem("primary", "Membership", "membership.index", order=70)
    yield NavigationItem("account", "Membership", "membership.mine", order=15)


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="membership",
        label="Members",
        group="sell",
        permission="membership.manage",
        blueprint=desk.bp,
        order=40,
        proof="change",
    )


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("membership.manage", "Manage members, and write to them", frozenset())


@hookimpl
def migrations() -> Iterable[Path]:
    yield Path(__file__).parent / "versions"


@hookimpl
def article_gates() -> Iterable[ArticleGate]:
    yield ArticleGate(
        "members", "Members", members.lets_in, "membership/behind.html", pages.why_behind
    )


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    reason = "You get this email because you are a member."
    yield MailKind(
        name="membership-welcome",
        title="Somebody has become a member",
        subject="Welcome, member of {{ site.name }}",
        reason=reason,
    )
    yield MailKind(
        name="membership-letter",
        title="A letter to members",
        subject="{{ letter.subject }}",
        reason=reason,
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("membership.started", SubscriptionStarted, members.note_started)
    yield Subscriber("membership.ended", SubscriptionEnded, members.note_ended)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield JobKind("membership.letter", members.send_letter)


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("membership", "Membership", members.export, members.erase)
