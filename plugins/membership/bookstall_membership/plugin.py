"""What membership contributes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from bookstall_membership import desk, members, moving, pages
from bookstall_membership.settings import ForMembers, MembershipSettings
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    ArticleGate,
    ArticleView,
    CustomFields,
    ExportPart,
    JobKind,
    MailKind,
    NavigationItem,
    Permission,
    PersonalData,
    Plugin,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import SubscriptionChanged, SubscriptionEnded, SubscriptionStarted

PLUGIN = Plugin(
    name="membership",
    title=_l("Membership"),
    requires=("articles", "payments"),
    settings=MembershipSettings,
    api=">=1.1,<2",
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield pages.bp


@hookimpl
def navigation() -> Iterable[NavigationItem]:
    yield NavigationItem("primary", _l("Membership"), "membership.index", order=70)
    yield NavigationItem("account", _l("Membership"), "membership.mine", order=15)


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="membership",
        label=_l("Members"),
        group="sell",
        permission="membership.manage",
        blueprint=desk.bp,
        order=40,
        proof="change",
    )


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("membership.manage", _l("Manage members, and write to them"), frozenset())


@hookimpl
def migrations() -> Iterable[Path]:
    yield Path(__file__).parent / "versions"


@hookimpl
def article_gates() -> Iterable[ArticleGate]:
    yield ArticleGate(
        "members", _l("Members"), members.lets_in, "membership/behind.html", pages.why_behind
    )


@hookimpl
def custom_fields() -> Iterable[CustomFields]:
    yield CustomFields("members", ArticleView, ForMembers, _l("Members"))


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    reason = _l("You get this email because you are a member.")
    yield MailKind(
        name="membership-welcome",
        title=_l("Somebody has become a member"),
        subject=_l("Welcome, member of {{ site.name }}"),
        reason=reason,
    )
    yield MailKind(
        name="membership-changed",
        title=_l("Somebody has another membership"),
        subject=_l("Your membership has changed: {{ tier.name }}"),
        reason=reason,
    )
    yield MailKind(
        name="membership-letter",
        title=_l("A letter to members"),
        subject="{{ letter.subject }}",
        reason=reason,
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber(
        "membership.started", SubscriptionStarted, members.note_started, in_transaction=False
    )
    yield Subscriber(
        "membership.changed", SubscriptionChanged, members.note_changed, in_transaction=False
    )
    yield Subscriber("membership.ended", SubscriptionEnded, members.note_ended)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield JobKind("membership.letter", members.send_letter, in_transaction=False)


@hookimpl
def export_parts() -> Iterable[ExportPart]:
    yield ExportPart("membership", "row of membership", moving.write, moving.read)


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("membership", _l("Membership"), members.export, members.erase)
