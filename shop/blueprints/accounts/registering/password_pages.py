"""A first or a new password, by a link that was mailed."""

from __future__ import annotations

import structlog
from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts import passwords, services
from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.forms import PasswordForm, ResetForm, typed
from shop.blueprints.accounts.mailed_links import links, mails
from shop.blueprints.accounts.signing_in import device_cookie, sessions
from shop.blueprints.accounts.signing_in.limits import account_named, by_address
from shop.extensions import limiter
from shop.plugins.api import Refused, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

__all__ = ["bp"]

log = structlog.get_logger(__name__)


@bp.get("/reset")
def reset() -> ResponseReturnValue:
    """Ask for a link to choose a new password."""
    return render_template("accounts/reset.html", form=ResetForm())


@bp.post("/reset")
@by_address
@limiter.limit("4 per hour", key_func=account_named)
def send_reset() -> ResponseReturnValue:
    """Mail a link, if there is an account; the answer is the same if there is none."""
    form = ResetForm()
    if not form.validate():
        return render_template("accounts/reset.html", form=form), 422
    with unit_of_work():
        mails.queue_reset_mail(typed(form.email))
    return redirect(url_for("accounts.mailed", what="reset"), 303)


@bp.get("/new-password/<token>")
def new_password(token: str) -> ResponseReturnValue:
    """Choose a new password by a mailed link."""
    return _show_new_password(links.RESET, token)


@bp.post("/new-password/<token>")
@by_address
def choose_password(token: str) -> ResponseReturnValue:
    """Take it. Every session ends, and every other link."""
    return _choose_password(links.RESET, token)


@bp.get("/invitation/<token>")
def invitation(token: str) -> ResponseReturnValue:
    """Choose a first password, because someone made the account."""
    return _show_new_password(links.INVITATION, token)


@bp.post("/invitation/<token>")
@by_address
def accept_invitation(token: str) -> ResponseReturnValue:
    """Take the first password."""
    return _choose_password(links.INVITATION, token)


def _show_new_password(purpose: links.Purpose, token: str) -> ResponseReturnValue:
    account, _email = links.follow_link(purpose, token)
    return render_template("accounts/new_password.html", form=PasswordForm(), account=account)


def _choose_password(purpose: links.Purpose, token: str) -> ResponseReturnValue:
    account, _email = links.follow_link(purpose, token)
    form = PasswordForm()
    if form.validate():
        try:
            services.check_new_password(account, typed(form.password))
        except Refused as refused:
            refuse_field(form, refused)
        else:
            password_hash = passwords.make_hash(typed(form.password))
            with unit_of_work():
                account, _email = links.follow_link(purpose, token, is_used=True)  # used meanwhile?
                sessions.note_own_change(account)
                services.reset_password(account, password_hash)
            sessions.end()
            log.info("account.password_chosen", account=account.id)
            device_cookie.remember(account)
            notify(_("Your new password is saved. Sign in with it."))
            return redirect(url_for("accounts.sign_in"), 303)
    return render_template("accounts/new_password.html", form=form, account=account), 422
