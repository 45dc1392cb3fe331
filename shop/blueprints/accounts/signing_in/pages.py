"""Signing in and out."""

from __future__ import annotations

import structlog
from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts import queries, services
from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.forms import SignInForm, typed
from shop.blueprints.accounts.signing_in import limits, sessions
from shop.blueprints.accounts.signing_in.landing import wanted_page
from shop.blueprints.accounts.signing_in.limits import (
    account_named,
    by_address,
    is_known_device,
)
from shop.core.web.limits.rate_limits import limit_outcomes, was_refused
from shop.plugins.api import notify, unit_of_work

__all__ = ["bp"]

log = structlog.get_logger(__name__)


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """The sign-in form; someone who is signed in already goes on to the page that they wanted."""
    if queries.current_account() is not None:
        return redirect(wanted_page(), 303)
    return render_template("accounts/sign_in.html", form=SignInForm(), next=wanted_page(""))


@bp.post("/sign-in")
@by_address
@limit_outcomes("10 per 15 minutes; 60 per day", was_refused, by=lambda: limits.guesser())
@limit_outcomes(
    "60 per 15 minutes; 300 per day", was_refused, by=account_named, exempt_when=is_known_device
)
def enter() -> ResponseReturnValue:
    """Sign in. The answer to a wrong password and to an unknown address is the same."""
    form = SignInForm()
    if form.validate():
        account = services.authenticate(typed(form.email), typed(form.password))
        if account is not None:
            return sessions.admit(account, wanted_page)
        log.warning("account.sign_in_refused", named=account_named())
        with unit_of_work():
            services.note_wrong_password(typed(form.email))
        form.form_errors.append(
            _(
                "The email address or the password is wrong, or the email address has not been confirmed yet."
            )
        )
    return render_template("accounts/sign_in.html", form=form, next=wanted_page("")), 422


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Leave."""
    sessions.end()
    notify(_("You have been signed out."))
    answer = redirect(url_for("accounts.sign_in"), 303)
    answer.headers["Clear-Site-Data"] = '"storage"'  # words that were kept unsaved
    return answer
