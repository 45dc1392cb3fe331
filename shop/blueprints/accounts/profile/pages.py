"""A person's name, email and password."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import structlog
from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts import passwords, services
from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.forms import (
    EmailChangeForm,
    NameForm,
    PasswordChangeForm,
    typed,
)
from shop.blueprints.accounts.mailed_links import links
from shop.blueprints.accounts.signing_in import sessions
from shop.blueprints.accounts.signing_in.sessions import for_members, note_own_change, person
from shop.core.web.limits.rate_limits import limit_outcomes, was_refused
from shop.plugins.api import NotFound, Refused, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

__all__ = ["bp"]

log = structlog.get_logger(__name__)

P = ParamSpec("P")


def changes_account(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """A view for members that changes their own account. What staff change there is in the activity log."""

    @for_members
    @wraps(view)
    def noted(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        note_own_change(person())
        return view(*args, **kwargs)

    return noted


careful = limit_outcomes("10 per 15 minutes", was_refused, by=lambda: f"account:{person().id}")


@bp.get("/")
@for_members
def home() -> ResponseReturnValue:
    """What is a person's: features show their part in a slot."""
    return render_template("accounts/home.html", account=person())


@bp.get("/details")
@for_members
def details() -> ResponseReturnValue:
    """Name and address."""
    return _details()


def _details(name: NameForm | None = None, email: EmailChangeForm | None = None) -> str:
    account = person()
    return render_template(
        "accounts/details.html",
        account=account,
        name_form=name or NameForm(formdata=None, obj=account),
        email_form=email or EmailChangeForm(formdata=None),
    )


@bp.post("/name")
@changes_account
def change_name() -> ResponseReturnValue:
    """Take another name."""
    form = NameForm()
    if not form.validate():
        return _details(name=form), 422
    with unit_of_work():
        services.rename(person(), typed(form.name))
    notify(_("Your name has been changed."))
    return redirect(url_for("accounts.details"), 303)


@bp.post("/email")
@changes_account
@careful
def change_email() -> ResponseReturnValue:
    """Mail a link to the new address; until it is followed nothing changes."""
    form = EmailChangeForm()
    if form.validate():
        try:
            services.require_password(person(), typed(form.current), field="current")
        except Refused as refused:
            refuse_field(form, refused)
        else:
            with unit_of_work():
                services.ask_for_new_email(person(), typed(form.email))
            notify(
                _("We sent a link to the new email address. Open it to confirm the change."), "info"
            )
            return redirect(url_for("accounts.details"), 303)
    return _details(email=form), 422


@bp.get("/new-email/<token>")
@for_members
def new_email(token: str) -> ResponseReturnValue:
    """Show what the link in the new address's mail would change."""
    return render_template("accounts/new_email.html", email=_own_new_email(token))


@bp.post("/new-email/<token>")
@changes_account
def confirm_new_email(token: str) -> ResponseReturnValue:
    """Move the account to the new address."""
    email = _own_new_email(token)
    with unit_of_work():
        services.change_email(person(), email)
    log.info("account.email_changed")
    notify(_("Your email address is now %(email)s.", email=email))
    return redirect(url_for("accounts.details"), 303)


def _own_new_email(token: str) -> str:
    account, email = links.follow_link(links.NEW_EMAIL, token)
    if account.id != person().id:
        raise NotFound
    return email


@bp.get("/password")
@for_members
def password() -> ResponseReturnValue:
    """Change the password."""
    return render_template("accounts/password.html", form=PasswordChangeForm(), account=person())


@bp.post("/password")
@changes_account
@careful
def change_password() -> ResponseReturnValue:
    """Take a new password. Every session ends but this one, which starts again."""
    form = PasswordChangeForm()
    if form.validate():
        try:
            services.require_password(person(), typed(form.current), field="current")
            services.check_new_password(person(), typed(form.password))
        except Refused as refused:
            refuse_field(form, refused)
        else:
            password_hash = passwords.make_hash(typed(form.password))
            with unit_of_work():
                services.set_password(person(), password_hash)
            sessions.begin(person())
            log.info("account.password_changed")
            notify(_("Your password has been changed. All other devices have been signed out."))
            return redirect(url_for("accounts.home"), 303)
    return render_template("accounts/password.html", form=form, account=person()), 422
