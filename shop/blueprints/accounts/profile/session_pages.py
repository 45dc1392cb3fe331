"""Where a person is signed in, to look at and to end."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts import session_store
from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.profile.pages import changes_account
from shop.blueprints.accounts.signing_in import sessions
from shop.blueprints.accounts.signing_in.proof_pages import ask_unless_proved
from shop.blueprints.accounts.signing_in.sessions import for_members, person
from shop.plugins.api import notify, unit_of_work

__all__ = ["bp"]


@bp.get("/sessions")
@for_members
def signed_in_places() -> ResponseReturnValue:
    """Every browser in which this person is signed in."""
    return render_template(
        "accounts/sessions.html",
        account=person(),
        sessions=session_store.sessions_of(person()),
        is_this_one=lambda one: session_store.is_of(one, sessions.token()),
    )


@bp.post("/sessions/<int:session_id>/end")
@changes_account
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of them; ending a stranger's changes nothing and says no more."""
    question = ask_unless_proved()
    if question is not None:
        return question
    with unit_of_work():
        session_store.close_one(person(), session_id)
    notify(_("You are signed out there."))
    return redirect(url_for("accounts.signed_in_places"), 303)


@bp.post("/sessions/end-others")
@changes_account
def end_other_sessions() -> ResponseReturnValue:
    """End all but this one."""
    question = ask_unless_proved()
    if question is not None:
        return question
    with unit_of_work():
        session_store.close_all(person(), but=sessions.token())
    notify(_("You are signed out everywhere else."))
    return redirect(url_for("accounts.signed_in_places"), 303)
