"""Registering, and confirming the address."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts import passwords, queries, services
from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.forms import ConfirmForm, RegistrationForm, typed
from shop.blueprints.accounts.mailed_links import links
from shop.blueprints.accounts.signing_in import sessions
from shop.blueprints.accounts.signing_in.limits import by_address, mailbox_named
from shop.core.site import site
from shop.extensions import limiter
from shop.plugins.api import Refused, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

__all__ = ["bp"]


@bp.get("/register")
def register() -> ResponseReturnValue:
    """The empty form."""
    if queries.current_account() is not None:
        return redirect(url_for("accounts.home"), 303)
    return render_template("accounts/register.html", form=RegistrationForm())


@bp.post("/register")
@by_address
@limiter.limit("5 per hour", key_func=mailbox_named)
def join() -> ResponseReturnValue:
    """Take a registration. The answer is the same for an address that has an account already."""
    form = RegistrationForm()
    if form.validate():
        try:
            passwords.check(
                typed(form.password), about=(typed(form.email), typed(form.name), site().name)
            )
        except Refused as refused:
            refuse_field(form, refused)
        else:
            password_hash = passwords.make_hash(typed(form.password))
            with unit_of_work():
                services.register(
                    email=typed(form.email), name=typed(form.name), password_hash=password_hash
                )
            return redirect(url_for("accounts.mailed", what="registration"), 303)
    return render_template("accounts/register.html", form=form), 422


@bp.get("/mailed/<any(registration, reset, data):what>")
def mailed(what: str) -> ResponseReturnValue:
    """Say that an email is on its way."""
    return render_template("accounts/mailed.html", what=what)


@bp.get("/confirm/<token>")
def confirmation(token: str) -> ResponseReturnValue:
    """Show what a confirmation link is about; looking changes nothing, because mail scanners look too."""
    account, _email = links.follow_link(links.CONFIRM, token)
    if account.is_verified:
        notify(_("Your email address is confirmed. You can sign in now."))
        return redirect(url_for("accounts.sign_in"), 303)
    return render_template("accounts/confirm.html", form=ConfirmForm(), account=account)


@bp.post("/confirm/<token>")
@by_address
def confirm(token: str) -> ResponseReturnValue:
    """Confirm an address and sign in. The password shows that who registered and who has the mailbox are one."""
    account, _email = links.follow_link(links.CONFIRM, token)
    form = ConfirmForm()
    if form.validate():
        if passwords.verify(typed(form.password), account.password_hash):
            with unit_of_work():
                # Registered again meanwhile, perhaps by a stranger with another password?
                account, _email = links.follow_link(links.CONFIRM, token, is_used=True)
                services.confirm(account)
            notify(_("Your email address is confirmed. Welcome!"))
            return sessions.admit(account, lambda: url_for("accounts.home"))
        form.password.errors = [
            _(
                "This is not the password you registered with. If you did not register, choose a new password."
            )
        ]
    return render_template("accounts/confirm.html", form=form, account=account), 422
