"""The second step of signing in: a code, or a passkey."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts import services as account_services
from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.forms import typed
from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.second_factor import passkeys, services
from shop.blueprints.accounts.second_factor.forms import OneTimeCodeForm, PasskeyForm
from shop.blueprints.accounts.signing_in import sessions
from shop.blueprints.accounts.signing_in.landing import wanted_page
from shop.blueprints.accounts.signing_in.limits import by_address
from shop.core.web.limits.rate_limits import limit_outcomes, was_refused
from shop.plugins.api import Refused, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

__all__ = ["bp"]


def _half_in() -> str:
    """Whom a code is for: what limits guessing at it."""
    account = sessions.half_in()
    return f"second:{account.id if account else ''}"


@bp.get("/sign-in/code")
def second_step() -> ResponseReturnValue:
    """The password was right; now the code."""
    if sessions.half_in() is None:
        return redirect(url_for("accounts.sign_in", next=wanted_page("") or None), 303)
    return _second_step(OneTimeCodeForm(formdata=None))


@bp.post("/sign-in/code")
@by_address
@limit_outcomes("10 per 15 minutes; 60 per day", was_refused, by=_half_in)
def enter_code() -> ResponseReturnValue:
    """Sign in, if the code is right."""
    account = sessions.half_in()
    if account is None:
        return redirect(url_for("accounts.sign_in", next=wanted_page("") or None), 303)
    form = OneTimeCodeForm()
    if form.validate():
        try:
            with unit_of_work():
                services.accept_code(account, typed(form.code))
        except Refused as refused:
            refuse_field(form, refused)
            with unit_of_work():
                account_services.log_refused_sign_in(account)
        else:
            _warn_of_few(account)
            sessions.begin(account)
            return redirect(wanted_page(), 303)
    return _second_step(form), 422


@bp.post("/sign-in/passkey")
@by_address
@limit_outcomes("10 per 15 minutes; 60 per day", was_refused, by=_half_in)
def enter_passkey() -> ResponseReturnValue:
    """Sign in, if it is one of the person's passkeys."""
    account = sessions.half_in()
    if account is None:
        return redirect(url_for("accounts.sign_in", next=wanted_page("") or None), 303)
    try:
        with unit_of_work():
            passkeys.accept_passkey(
                account, typed(PasskeyForm().passkey), sessions.taken_challenge()
            )
    except Refused as refused:
        with unit_of_work():
            account_services.log_refused_sign_in(account)
        form = OneTimeCodeForm(formdata=None)
        form.form_errors = [refused.message]
        return _second_step(form), 422
    sessions.begin(account)
    return redirect(wanted_page(), 303)


def ask_to_set_up_factor(account: Account) -> ResponseReturnValue | None:
    """Where an owner requires a second factor of staff, send who has none to set it up first."""
    if not services.is_factor_required() or services.has_second_factor(account):
        return None
    notify(_("Set up a second factor first. An owner requires it."), "info")
    return redirect(url_for("accounts.second_factor"), 303)


def _second_step(form: OneTimeCodeForm) -> str:
    account = sessions.half_in()
    return render_template(
        "accounts/second_step.html",
        form=form,
        next=wanted_page(""),
        passkey_options=sessions.passkey_options(account) if account else "",
    )


def _warn_of_few(account: Account) -> None:
    if services.recovery_codes_left(account) < 3:
        notify(_("You have fewer than 3 recovery codes left. Make new ones."), "info")
