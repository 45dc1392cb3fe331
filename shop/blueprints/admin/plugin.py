"""What the admin's own sections contribute. The shell itself is built by `create_app`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from shop.blueprints.accounts.models import Role
from shop.blueprints.admin import queries, services
from shop.blueprints.admin.sections import activity, jobs, mail, plugins, settings, themes, users
from shop.core.activity import check_chain
from shop.plugins.api import (
    AdminAction,
    AdminSection,
    AnySubscriber,
    HealthCheck,
    MailKind,
    NavigationItem,
    Permission,
    Plugin,
    Slot,
    Subscriber,
    Visitor,
    hookimpl,
)
from shop.plugins.api.events import PluginPartFailed

PLUGIN = Plugin(name="admin", title=_l("Admin"), requires=("accounts",))

NOBODY_ELSE: frozenset[str] = frozenset()


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("account.menu", "admin/_account_link.html", _for_staff)


def _for_staff(account: Visitor) -> Mapping[str, Any] | None:
    return {} if account.role != Role.BUYER else None


@hookimpl
def navigation() -> Iterable[NavigationItem]:
    yield NavigationItem("staff", _l("Admin"), "admin.today")


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission(
        "users.manage", _l("Add people and change their roles"), NOBODY_ELSE, can_be_given=False
    )
    yield Permission("settings.change", _l("Change settings"), NOBODY_ELSE, can_be_given=False)
    yield Permission("mail.read", _l("Read and resend emails"), NOBODY_ELSE, can_be_given=False)
    yield Permission("activity.read", _l("Read the activity log"), NOBODY_ELSE)
    yield Permission("jobs.manage", _l("Retry and delete jobs"), NOBODY_ELSE, can_be_given=False)
    yield Permission(
        "plugins.see", _l("See plugins and switch them off"), NOBODY_ELSE, can_be_given=False
    )


@hookimpl
def health_checks() -> Iterable[HealthCheck]:
    yield HealthCheck("activity log", check_chain, is_of_data=True)


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        "users",
        _l("Users"),
        "house",
        "users.manage",
        users.bp,
        order=200,
        proof="change",
        find=users.find_users,
        actions=[AdminAction(_l("New user"), "new")],
    )
    yield AdminSection(
        "mail",
        _l("Emails"),
        "house",
        "mail.read",
        mail.bp,
        order=210,
        count=queries.refused_mails_query,
    )
    yield AdminSection(
        "jobs",
        _l("Jobs"),
        "house",
        "jobs.manage",
        jobs.bp,
        order=220,
        count=queries.dead_jobs_query,
    )
    yield AdminSection(
        "settings",
        _l("Settings"),
        "house",
        "settings.change",
        settings.bp,
        order=230,
        proof="change",
    )
    yield AdminSection("themes", _l("Themes"), "house", "settings.change", themes.bp, order=235)
    yield AdminSection("activity", _l("Activity"), "house", "activity.read", activity.bp, order=205)
    yield AdminSection(
        "plugins",
        _l("Plugins"),
        "house",
        "plugins.see",
        plugins.bp,
        order=240,
        proof="change",
    )


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    yield MailKind(
        name="plugin-failed",
        title=_l("A plugin fails, and something can’t be sold or handed out"),
        subject=_l("{{ site.name }}: the plugin {{ plugin }} fails"),
        reason=_l(
            "You get this email because yours is the owner’s email address in the site’s settings."
        ),
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber(
        "admin.tell_of_failed_plugin",
        PluginPartFailed,
        services.tell_of_failure,
        in_transaction=False,
    )
