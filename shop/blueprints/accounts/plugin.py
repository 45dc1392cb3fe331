"""What accounts contribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from click import Command
from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.accounts import cli, queries, services, session_store
from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.guests import pages as guest_pages
from shop.blueprints.accounts.guests import services as guest_services
from shop.blueprints.accounts.mailed_links import mails
from shop.blueprints.accounts.mailed_links import pages as ended_link_pages
from shop.blueprints.accounts.profile import data_pages, second_factor_pages, session_pages
from shop.blueprints.accounts.profile import pages as profile_pages
from shop.blueprints.accounts.registering import pages as registering_pages
from shop.blueprints.accounts.registering import password_pages
from shop.blueprints.accounts.settings import AccountSettings
from shop.blueprints.accounts.signing_in import kept_form_pages, proof_pages, second_step_pages
from shop.blueprints.accounts.signing_in import pages as sign_in_pages
from shop.plugins.api import (
    JobKind,
    MailKind,
    NavigationItem,
    Periodic,
    PersonalData,
    Plugin,
    hookimpl,
)

PLUGIN = Plugin(name="accounts", title=_l("Accounts"), settings=AccountSettings)


PAGES = (
    sign_in_pages,
    second_step_pages,
    proof_pages,
    kept_form_pages,
    registering_pages,
    password_pages,
    profile_pages,
    second_factor_pages,
    session_pages,
    data_pages,
    guest_pages,
    ended_link_pages,
)
"""Files that add their pages to `blueprints.bp` as they are imported."""


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield bp


@hookimpl
def navigation() -> Iterable[NavigationItem]:
    yield NavigationItem("footer", _l("Your account"), "accounts.home", order=80)


@hookimpl
def commands() -> Iterable[Command]:
    yield cli.init
    yield cli.user


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield mails.JOB
    yield services.WRONG_PASSWORD
    yield guest_services.JOB


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield Periodic("accounts.forget_ended", timedelta(days=1), session_store.forget_ended)


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    entered = _l("You get this email because someone entered this email address on our site.")
    has_account = _l("You get this email because you have an account with us.")
    for name, title, subject, reason in (
        (
            "confirm",
            _l("Confirm a new account"),
            _l("Confirm your email address for {{ site.name }}"),
            entered,
        ),
        (
            "taken",
            _l("Someone registers with an email address that has an account"),
            _l("You already have an account at {{ site.name }}"),
            entered,
        ),
        (
            "reset",
            _l("Choose a new password"),
            _l("Choose a new password for {{ site.name }}"),
            entered,
        ),
        (
            "invitation",
            _l("Invitation to an account"),
            _l("Your account at {{ site.name }}"),
            has_account,
        ),
        (
            "new-email",
            _l("Confirm a changed email address"),
            _l("Confirm your new email address for {{ site.name }}"),
            entered,
        ),
        (
            "email-changed",
            _l("The email address was changed"),
            _l("Your email address at {{ site.name }} was changed"),
            has_account,
        ),
        (
            "password-changed",
            _l("The password was changed"),
            _l("Your password at {{ site.name }} was changed"),
            has_account,
        ),
        (
            "new-device",
            _l("Someone of the staff signed in on a new device"),
            _l("A new device at {{ site.name }}"),
            has_account,
        ),
        (
            "guest-data",
            _l("Link to the data kept about a person"),
            _l("Data that {{ site.name }} keeps about you"),
            entered,
        ),
    ):
        yield MailKind(name=f"account-{name}", title=title, subject=subject, reason=reason)


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("account", _l("Your account"), export=_export, erase=services.erase)


def _export(email: str) -> Sequence[Mapping[str, Any]]:
    account = queries.account_of(email)
    if account is None:
        return []
    verified = account.email_verified_at
    return [
        {
            "email": account.email,
            "name": account.name,
            "role": account.role,
            "email_verified": verified.isoformat() if verified else None,
            "created": account.created_at.isoformat(),
            "signed_in": [
                {
                    "device": each.device,
                    "since": each.created_at.isoformat(),
                    "last_visit": each.seen_at.isoformat(),
                }
                for each in session_store.sessions_of(account)
            ],
        }
    ]
