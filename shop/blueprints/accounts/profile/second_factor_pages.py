"""A person's own second factor: an app, passkeys, recovery codes."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from shop.blueprints.accounts import services as account_services
from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.forms import ConfirmForm, typed
from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.profile.pages import careful, changes_account
from shop.blueprints.accounts.second_factor import passkeys, services
from shop.blueprints.accounts.second_factor.forms import PasskeyForm, SetUpForm
from shop.blueprints.accounts.signing_in import sessions
from shop.blueprints.accounts.signing_in.devices import device_of
from shop.blueprints.accounts.signing_in.sessions import for_members, person
from shop.core.secrets import tokens
from shop.plugins.api import Gone, NotFound, Refused, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

__all__ = ["bp"]

SECONDS_TO_SET_UP = 3600
_PURPOSE = "accounts.set_up"


@bp.get("/second-factor")
@for_members
def second_factor() -> ResponseReturnValue:
    """Whether one is asked for a code, and how to set it up. For staff."""
    account = _staff()
    if services.has_app(account):
        return _is_set_up(ConfirmForm(formdata=None))
    return _set_up(SetUpForm(formdata=None), services.new_secret())


@bp.post("/second-factor")
@changes_account
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
@changes_account
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
@changes_account
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
@changes_account
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
@changes_account
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
    import segno  # here, because one page needs it, and every start would load it

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
