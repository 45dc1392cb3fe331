"""How sessions begin and end, and views for people who are signed in.

The session cookie holds the token of a row (`session_store`) and nothing else: a session ends when its row does. Pages
that anyone may see read neither.

Flask-Login fetches the account when it is first asked for in a request and then no more (`user_loader`,
`current_user`), and keeps others out of views for members (`login_required`, `unauthorized_handler`). Its `init_app` is
not called: that would read the session on every request, to refresh a "remember me" cookie and to hand `current_user`
to every template, and no page would be the same for everyone. Nor do we use its session protection, which ends a
session with a change of network.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import ParamSpec, cast

import structlog
from flask import (
    Response,
    after_this_request,
    redirect,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required, login_user, logout_user
from limits import parse
from sqlalchemy.exc import SQLAlchemyError

from shop.blueprints.accounts import queries, session_store
from shop.blueprints.accounts.mailed_links import mails
from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.second_factor import passkeys
from shop.blueprints.accounts.second_factor.services import has_second_factor
from shop.blueprints.accounts.services import SIGN_IN, require_password
from shop.blueprints.accounts.signing_in import device_cookie
from shop.blueprints.accounts.signing_in.devices import device_of
from shop.core import activity
from shop.core.activity import ActivityKind
from shop.core.observing.logs import name_person
from shop.core.secrets import tokens
from shop.core.secrets.kept import drop_values, keep_values
from shop.core.web.cookies import forget_cookie, set_cookie
from shop.extensions import limiter, login_manager
from shop.plugins.api import Gone, NotFound, Refused, TooMany, db, unit_of_work

P = ParamSpec("P")
log = structlog.get_logger(__name__)

MARK = "member"
"""A readable cookie for scripts that says no more than that someone is signed in (1), or is staff (2): pages are the
same for all. It goes with the session and opens nothing.
"""

_PLACE = "_user_id"
"""Where Flask-Login looks in the session for who it is."""

_CHALLENGE, _HALF_IN = "challenge", "half_in"
SECONDS_FOR_A_CODE = 600
PROOFS = parse("20 per 15 minutes")

_forgetters: list[Callable[[Response], Response]] = []

login_manager.session_protection = None


def _person_of(token: str) -> Account | None:
    found = session_store.session_of_token(token)
    if found is None:
        after_this_request(_unmark)
        return None
    name_person(found.account_id)
    if session_store.is_to_be_noted(found):
        lasts = session_store.lasts_for(found)
        after_this_request(partial(_note_visit, found.id, lasts, found.account.is_staff))
    return found.account


login_manager.user_loader(_person_of)


def _note_visit(session_id: int, lasts: timedelta, is_staff: bool, response: Response) -> Response:
    try:
        with unit_of_work():
            session_store.note_visit(session_id)
    except SQLAlchemyError as error:  # a page that was read must not fail for this
        log.warning("accounts.visit_not_noted", error=repr(error))
        return response
    return _mark(lasts, is_staff, response)


def admit(account: Account, wanted: Callable[[], str]) -> ResponseReturnValue:
    """After the right password: begin a session and go on, or ask for the second factor first. `wanted` says where to,
    once somebody is signed in.
    """
    if not has_second_factor(account):
        begin(account)
        return redirect(wanted(), 303)
    session[_HALF_IN] = tokens.sign(_HALF_IN, [account.id, _state_of(account)])
    return redirect(url_for("accounts.second_step", next=request.values.get("next")), 303)


def half_in() -> Account | None:
    """Whose password was right in this browser a moment ago, while the second factor is still asked for."""
    try:
        number, state = tokens.unsign(
            _HALF_IN, session.get(_HALF_IN, ""), max_age=SECONDS_FOR_A_CODE
        )
    except (Gone, NotFound):
        return None
    account = db.session.get(Account, number)
    return account if account is not None and state == _state_of(account) else None


def _state_of(account: Account) -> str:
    # Another password meanwhile, and the old one opens nothing.
    return tokens.fingerprint(_HALF_IN, account.link_key)[:16]


def begin(account: Account) -> None:
    """Begin a session. Nothing of an earlier one survives, so that none can be planted."""
    earlier, before = token(), queries.current_account()
    if earlier and before != account and not session_store.was_of(earlier, account):
        _leave_nothing()
    session.clear()
    session.permanent = True
    with unit_of_work():
        session_store.close_session(earlier)
        device = device_of(request.user_agent.string)
        begun, lasts = session_store.start_session(account, device)
        if account.is_staff:
            _tell_of_sign_in(account, device)
    login_user(account)
    session[_PLACE] = begun
    device_cookie.remember(account)
    after_this_request(partial(_mark, lasts, account.is_staff))
    name_person(account.id)
    log.info("account.signed_in")


def _tell_of_sign_in(account: Account, device: str) -> None:
    """The log, and where it is a new device, its person. The first sign-in of all is no news."""
    is_new = not device_cookie.known_device(account.email)
    if is_new and activity.has_done(account.id, ActivityKind.SIGN_IN):
        mails.queue_account_mail("new-device", account, device=device)
    activity.log_act(ActivityKind.SIGN_IN, SIGN_IN, by=account.id, details={"device": device})


def is_proved() -> bool:
    """Whether whoever sits here showed the password of the session's person a short while ago."""
    return session_store.was_proved(token())


def passkey_options(account: Account, *, to_make: bool = False) -> str:
    """What a browser needs to answer with a passkey, or to make one, as JSON; empty where there is none to answer with,
    or none can be. The session remembers the challenge in it.
    """
    if not passkeys.are_possible() or not (to_make or passkeys.passkeys_of(account)):
        return ""
    options, challenge = (passkeys.ask_to_make_one if to_make else passkeys.ask_for_one)(account)
    session[_CHALLENGE] = tokens.sign(_CHALLENGE, challenge)
    return options


def taken_challenge() -> str:
    """The challenge that this browser was given last, once.

    Raises:
        Refused: it had none, or too long ago.
    """
    try:
        return str(
            tokens.unsign(_CHALLENGE, session.pop(_CHALLENGE, ""), max_age=SECONDS_FOR_A_CODE)
        )
    except (Gone, NotFound):
        raise Refused(_("That took too long. Please try again.")) from None


def prove(password: str, passkey: str = "") -> None:
    """Take the password of the person once more, or one of their passkeys.

    Raises:
        Refused: it is another one.
        TooMany: it was wrong too often.
    """
    account = person()
    if limiter.enabled and not limiter.limiter.hit(PROOFS, "proofs", str(account.id)):
        raise TooMany(_("Please wait a few minutes before you try again."), retry_after=900)
    if not passkey:
        require_password(account, password, field="proof")
    with unit_of_work():
        if passkey:
            passkeys.accept_passkey(account, passkey, taken_challenge())
        session_store.note_proof(token())


def end() -> None:
    """End the session of this browser, in the browser and here. What it remembers of the person goes too."""
    if token():
        leaving = queries.current_account()
        with unit_of_work():
            session_store.close_session(token())
        _leave_nothing()
        if leaving is not None:
            log.info("account.signed_out")
    logout_user()
    session.clear()
    after_this_request(_unmark)
    after_this_request(_clear_storage)


def has_ended() -> bool:
    """Whether this browser comes with a session that is over: what it remembers besides was its person's, not to be
    shown to whoever sits there now. The answer takes it all out of the browser.
    """
    if not token() or queries.current_account() is not None:
        return False
    _leave_nothing()
    after_this_request(partial(_forget_session, token()))
    return True


def _leave_nothing() -> None:
    for forget in _forgetters:
        after_this_request(forget)


def token() -> str:
    """The token of this browser's session; empty without one."""
    return str(session.get(_PLACE, ""))


def at_sign_out(forget: Callable[[Response], Response]) -> Callable[[Response], Response]:
    """Have `forget` take out of the browser what a feature keeps there of the person, when somebody signs out or comes
    with a session that has ended: the next visitor may be another.
    """
    _forgetters.append(forget)
    return forget


def _mark(lasts: timedelta, is_staff: bool, response: Response) -> Response:
    said = "2" if is_staff else "1"
    set_cookie(response, MARK, said, seconds=int(lasts.total_seconds()), for_scripts=True)
    return response


def _forget_session(ended: str, response: Response) -> Response:
    if token() == ended:
        session.pop(_PLACE)
    return response


def _clear_storage(response: Response) -> Response:
    # Scripts keep unsaved words of staff in the browser; whoever signs out leaves none there.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def _unmark(response: Response) -> Response:
    forget_cookie(response, MARK, for_scripts=True)
    return response


def for_members(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Show a page to people who are signed in; send others to sign in first, and back."""
    return cast("Callable[P, ResponseReturnValue]", login_required(view))


def ask_to_sign_in() -> ResponseReturnValue:
    """Send a visitor to the sign-in page, and after it to the page that was asked for. A form that met a session which
    has ended is kept for its person, to be carried out then.
    """
    wanted = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else _keep_form()
    return redirect(url_for("accounts.sign_in", next=wanted or None), 303)


def note_own_change(account: Account) -> None:
    """Let the activity log say what somebody of the staff changes of their own account in this request."""
    if account.is_staff:
        activity.act(account.id, request.endpoint or "")


def kept_form_of(account_id: int) -> str:
    """The purpose under which the form of a person is kept: one at most."""
    return f"form.{account_id}"


def _keep_form() -> str:
    """Keep what was sent; returns the address at which it goes on, or nothing where it is not kept."""
    account_id = session_store.account_id_of(token()) if token() else None
    is_by_script = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    if account_id is None or is_by_script or _has_secret():
        return ""
    values = {
        "address": request.full_path.rstrip("?"),
        "fields": [[name, value] for name, value in request.form.items(multi=True)],
    }
    with unit_of_work():
        drop_values(kept_form_of(account_id))
        kept = keep_values(kept_form_of(account_id), values)
    return url_for("accounts.kept_form", token=kept)


def _has_secret() -> bool:
    """Whether a password is among what was sent: it is kept nowhere."""
    return any("password" in name or name == "current" for name in request.form)


login_manager.unauthorized_handler(ask_to_sign_in)


def person() -> Account:
    """Who is signed in, in a view for members.

    Raises:
        NotFound: nobody is.
    """
    account = queries.current_account()
    if account is None:
        raise NotFound
    return account
