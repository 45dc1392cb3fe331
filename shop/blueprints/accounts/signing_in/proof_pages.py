"""The password once more, before something important."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.forms import ProofForm, typed
from shop.blueprints.accounts.signing_in import sessions
from shop.blueprints.accounts.signing_in.landing import wanted_page
from shop.blueprints.accounts.signing_in.sessions import for_members, person
from shop.plugins.api import Refused
from shop.plugins.api.forms import refuse_field

__all__ = ["bp"]


@bp.get("/proof")
@for_members
def ask_for_proof() -> ResponseReturnValue:
    """Ask for the password, and then go on to the page of `?next=`."""
    return draw_proof(ProofForm(formdata=None), _own_address())


@bp.post("/proof")
@for_members
def give_proof() -> ResponseReturnValue:
    """Take it, and go on."""
    form = ProofForm()
    if form.is_proof():
        try:
            sessions.prove(typed(form.proof), typed(form.passkey))
        except Refused as refused:
            refuse_field(form, refused)
        else:
            return redirect(wanted_page(), 303)
    return draw_proof(form, _own_address()), 422


def ask_unless_proved() -> ResponseReturnValue | None:
    """Ask for the password, if it was not shown a short while ago. What was to be changed is sent along, so that
    nothing that was typed is lost.
    """
    if sessions.is_proved():
        return None
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("accounts.ask_for_proof", next=request.full_path.rstrip("?")), 303)
    form = ProofForm()
    if not form.is_sent():
        form = ProofForm(formdata=None)
    elif form.is_proof():
        try:
            sessions.prove(typed(form.proof), typed(form.passkey))
        except Refused as refused:
            refuse_field(form, refused)
        else:
            return None
    given = request.form.items(multi=True)
    kept = [(name, value) for name, value in given if name not in ("proof", "passkey")]
    return draw_proof(form, request.full_path.rstrip("?"), kept), 422


def after_proof(view: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    """A view that is reached with a fresh proof alone, such as an export. Its section lets people in before."""

    @wraps(view)
    def guarded() -> ResponseReturnValue:
        question = ask_unless_proved()
        return view() if question is None else question

    return guarded


def _own_address() -> str:
    return url_for("accounts.give_proof", next=wanted_page("") or None)


def draw_proof(form: ProofForm, action: str, kept: Iterable[tuple[str, str]] = ()) -> str:
    """The page. Its button sends the password to `action`, together with what was sent there before."""
    return render_template(
        "accounts/prove.html",
        account=person(),
        form=form,
        action=action,
        kept=list(kept),
        passkey_options=sessions.passkey_options(person()),
    )
