"""Signing in and out, registering, and the pages behind links that were mailed."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts import (
    device_cookie,
    letters,
    links,
    passwords,
    queries,
    services,
    sessions,
)
from shop.blueprints.accounts.device_cookie import known_device
from shop.blueprints.accounts.forms import (
    ConfirmForm,
    PasswordForm,
    RegistrationForm,
    ResetForm,
    SignInForm,
    typed,
)
from shop.blueprints.accounts.landing import landing_page
from shop.blueprints.accounts.models import Account
from shop.core.errors import Refused
from shop.core.forms import refuse_field
from shop.core.mailboxes import mailbox_of, normal_address
from shop.core.notices import notify
from shop.core.security import local_target
from shop.core.site import site
from shop.core.tokens import fingerprint
from shop.core.unit_of_work import unit_of_work
from shop.extensions import limiter, network_of_visitor

bp = Blueprint("accounts", __name__, url_prefix="/account")
log = structlog.get_logger(__name__)


def _account_named() -> str:
    """Whom a form is about: what limits guessing at one account from many networks."""
    return "account:" + fingerprint("limits", normal_address(_typed_address()))


def _mailbox_named() -> str:
    """Where the mail would go that a form asks for."""
    return "mailbox:" + fingerprint("limits", mailbox_of(_typed_address()))


def _typed_address() -> str:
    return request.form.get("email", "")[:400]


def _failed(response: Response) -> bool:
    return response.status_code == 422


def _where_from() -> str:
    """Who is asking, to limit by: a device that the named person has used before counts by itself, so that nobody
    else in its network, and no crowd elsewhere, can keep that person out.
    """
    return known_device(_typed_address()) or network_of_visitor()


def _guesser() -> str:
    return f"{_account_named()}:{_where_from()}"


def _is_known_device() -> bool:
    return bool(known_device(_typed_address()))


by_address = limiter.shared_limit(
    "60 per minute; 600 per day", scope="accounts", key_func=lambda: _where_from()
)


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """The sign-in form; someone who is signed in already goes on to the page that they wanted."""
    if queries.current_account() is not None:
        return redirect(wanted_page(), 303)
    return render_template("accounts/sign_in.html", form=SignInForm(), next=wanted_page(""))


@bp.post("/sign-in")
@by_address
@limiter.limit("10 per 15 minutes; 60 per day", key_func=lambda: _guesser(), deduct_when=_failed)
@limiter.limit(
    "60 per 15 minutes; 300 per day",
    key_func=_account_named,
    deduct_when=_failed,
    exempt_when=_is_known_device,
)
def enter() -> ResponseReturnValue:
    """Sign in. The answer to a wrong password and to an unknown address is the same."""
    form = SignInForm()
    if form.validate():
        account = services.authenticate(typed(form.email), typed(form.password))
        if account is not None:
            return sessions.admit(account, wanted_page)
        log.warning("account.sign_in_refused", named=_account_named())
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


@bp.get("/register")
def register() -> ResponseReturnValue:
    """The empty form."""
    if queries.current_account() is not None:
        return redirect(url_for("accounts.home"), 303)
    return render_template("accounts/register.html", form=RegistrationForm())


@bp.post("/register")
@by_address
@limiter.limit("5 per hour", key_func=_mailbox_named)
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


@bp.get("/reset")
def reset() -> ResponseReturnValue:
    """Ask for a link to choose a new password."""
    return render_template("accounts/reset.html", form=ResetForm())


@bp.post("/reset")
@by_address
@limiter.limit("4 per hour", key_func=_account_named)
def send_reset() -> ResponseReturnValue:
    """Mail a link, if there is an account; the answer is the same if there is none."""
    form = ResetForm()
    if not form.validate():
        return render_template("accounts/reset.html", form=form), 422
    with unit_of_work():
        letters.ask_for_reset(typed(form.email))
    return redirect(url_for("accounts.mailed", what="reset"), 303)


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
            passwords.check(typed(form.password), about=about(account))
        except Refused as refused:
            refuse_field(form, refused)
        else:
            password_hash = passwords.make_hash(typed(form.password))
            with unit_of_work():
                account, _email = links.follow_link(purpose, token, is_used=True)  # used meanwhile?
                services.reset_password(account, password_hash)
            sessions.end()
            log.info("account.password_chosen", account=account.id)
            device_cookie.remember(account)
            notify(_("Your new password is saved. Sign in with it."))
            return redirect(url_for("accounts.sign_in"), 303)
    return render_template("accounts/new_password.html", form=form, account=account), 422


def about(account: Account) -> tuple[str, ...]:
    """What a password of this person must not be made of."""
    return account.email, account.name, site().name


def wanted_page(fallback: str | None = None) -> str:
    """Where the visitor wanted to go: a page of this site, whatever `next` claims."""
    if fallback is None:
        fallback = landing_page()
    return local_target(request.values.get("next"), fallback)
