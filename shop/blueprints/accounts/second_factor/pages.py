"""The second step of signing in, and a person's own second factor."""

from __future__ import annotations

from typing import Any

import segno
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from shop.blueprints.accounts import services as account_services
from shop.blueprints.accounts import sessions
from shop.blueprints.accounts.devices import device_of
from shop.blueprints.accounts.forms import ConfirmForm, typed
from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.own_pages import careful
from shop.blueprints.accounts.second_factor import passkeys, services
from shop.blueprints.accounts.second_factor.forms import OneTimeCodeForm, PasskeyForm, SetUpForm
from shop.blueprints.accounts.sessions import for_members, person
from shop.blueprints.accounts.views import bp, by_address, wanted_page
from shop.core import tokens
from shop.core.errors import Gone, NotFound, Refused
from shop.core.forms import refuse_field
from shop.core.notices import notify
from shop.core.unit_of_work import unit_of_work
from shop.extensions import limiter

__all__ = ["bp"]

SECONDS_TO_SET_UP = 3600
_PURPOSE = "accounts.set_up"


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
@limiter.limit(
    "10 per 15 minutes; 60 per day",
    key_func=_half_in,
    deduct_when=lambda response: response.status_code == 422,
)
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
@limiter.limit(
    "10 per 15 minutes; 60 per day",
    key_func=_half_in,
    deduct_when=lambda response: response.status_code == 422,
)
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


@bp.get("/second-factor")
@for_members
def second_factor() -> ResponseReturnValue:
    """Whether one is asked for a code, and how to set it up. For staff."""
    account = _staff()
    if services.has_app(account):
        return _is_set_up(ConfirmForm(formdata=None))
    return _set_up(SetUpForm(formdata=None), services.new_secret())


@bp.post("/second-factor")
@for_members
@careful
def set_up_second_factor() -> ResponseReturnValue:
    """Take the app whose first code this is, and show the recovery codes, this once."""
    account, form = _staff(), SetUpForm()
    try:
        secret = str(tokens.unsign(_PURPOSE, typed(form.secret), max_age=SECONDS_TO_SET_UP))
    except (Gone, NotFound):
        return redirect(url_for("accounts.second_factor"), 303)
    if form.validate():
        try:
            account_services.require_password(account, typed(form.current), field="current")
            with unit_of_work():
                codes = services.set_up(account, secret, typed(form.code))
        except Refused as refused:
            refuse_field(form, refused)
        else:
            return _show_codes(codes)
    return _set_up(form, secret), 422


@bp.post("/second-factor/recovery-codes")
@for_members
@careful
def make_recovery_codes() -> ResponseReturnValue:
    """New recovery codes for the old ones, shown this once."""
    _staff()
    form = ConfirmForm()
    if not _is_confirmed(form):
        return _is_set_up(form), 422
    with unit_of_work():
        codes = services.make_recovery_codes(person())
    return _show_codes(codes)


@bp.post("/second-factor/removal")
@for_members
@careful
def remove_second_factor() -> ResponseReturnValue:
    """Let the password do again."""
    form = ConfirmForm()
    if not _is_confirmed(form):
        return _is_set_up(form), 422
    with unit_of_work():
        services.remove_factor(person())
    notify(_("The second factor has been removed."))
    return redirect(url_for("accounts.second_factor"), 303)


def _is_confirmed(form: ConfirmForm) -> bool:
    """Whether the form holds the person's password; else it says what is wrong."""
    if not form.validate():
        return False
    try:
        account_services.require_password(person(), typed(form.password), field="password")
    except Refused as refused:
        refuse_field(form, refused)
        return False
    return True


@bp.post("/second-factor/passkeys")
@for_members
@careful
def add_passkey() -> ResponseReturnValue:
    """Keep a passkey that the browser made, after the password was shown a short while ago."""
    account, form = _staff(), PasskeyForm()
    if not sessions.is_proved():
        return _prove_first()
    is_first = not services.has_second_factor(account)
    if not form.validate():
        notify(str(form.name.errors[0]), "error")
        return redirect(url_for("accounts.second_factor"), 303)
    name = typed(form.name) or device_of(request.user_agent.string) or _("Passkey")
    try:
        with unit_of_work():
            passkeys.add_passkey(account, typed(form.passkey), sessions.taken_challenge(), name)
            codes = services.make_recovery_codes(account) if is_first else []
    except Refused as refused:
        notify(refused.message, "error")
        return redirect(url_for("accounts.second_factor"), 303)
    notify(_("The passkey has been added."))
    return _show_codes(codes) if codes else redirect(url_for("accounts.second_factor"), 303)


@bp.post("/second-factor/passkeys/<int:passkey_id>/removal")
@for_members
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Take one away; a stranger's stays, and no more is said."""
    if not sessions.is_proved():
        return _prove_first()
    with unit_of_work():
        passkeys.remove_passkey(_staff(), passkey_id)
    notify(_("The passkey has been removed."))
    return redirect(url_for("accounts.second_factor"), 303)


def _prove_first() -> ResponseReturnValue:
    return redirect(url_for("accounts.ask_for_proof", next=url_for("accounts.second_factor")), 303)


def _staff() -> Account:
    account = person()
    if not (account.is_staff or services.has_second_factor(account)):
        raise NotFound
    return account


def _set_up(form: SetUpForm, secret: str, confirm_form: ConfirmForm | None = None) -> str:
    form.secret.data = tokens.sign(_PURPOSE, secret)
    code = segno.make(services.address_for_app(person(), secret), micro=False)
    return render_template(
        "accounts/second_factor.html",
        form=form,
        **_what_is_on(confirm_form or ConfirmForm(formdata=None)),
        secret=secret,
        picture=Markup(code.svg_inline(scale=4, border=4, light="#fff", svgclass="qr")),  # noqa: S704 - made here
    )


def _is_set_up(form: ConfirmForm) -> str:
    if not services.has_app(person()):
        return _set_up(SetUpForm(formdata=None), services.new_secret(), form)
    return render_template("accounts/second_factor_on.html", **_what_is_on(form))


def _what_is_on(confirm_form: ConfirmForm) -> dict[str, Any]:
    """What the page says of the factors that there are."""
    return {
        "account": person(),
        "confirm_form": confirm_form,
        "is_on": services.has_second_factor(person()),
        "left": services.recovery_codes_left(person()),
        "passkeys": passkeys.passkeys_of(person()),
        "passkey_fields": PasskeyForm(formdata=None),
        "is_proved": sessions.is_proved(),
        "passkey_options": sessions.passkey_options(person(), to_make=True),
    }


def _show_codes(codes: list[str]) -> str:
    return render_template("accounts/recovery_codes.html", account=person(), codes=codes)
