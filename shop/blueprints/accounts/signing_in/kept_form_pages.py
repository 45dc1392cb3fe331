"""A form that met an ended session: kept for its person, and carried out once they have signed in again."""

from __future__ import annotations

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.signing_in.sessions import for_members, kept_form_of, person
from shop.core.secrets.kept import kept_values, take_values
from shop.plugins.api import unit_of_work

__all__ = ["bp"]


@bp.get("/kept/<token>")
@for_members
def kept_form(token: str) -> ResponseReturnValue:
    """The form as it was sent, with a button. A script presses it for somebody who comes from our own sign-in page, and
    for nobody who followed a link of somebody else. What is another person's is not there.
    """
    kept = kept_values(kept_form_of(person().id), token)
    return render_template(
        "accounts/kept_form.html",
        token=token,
        kept=kept,
        goes_on=request.headers.get("Sec-Fetch-Site") == "same-origin",
    )


@bp.post("/kept/<token>")
@for_members
def send_kept_form(token: str) -> ResponseReturnValue:
    """Go on to where the form was sent, with the same fields (RFC 9110, 15.4.8), once."""
    with unit_of_work():
        address = take_values(kept_form_of(person().id), token)["address"]
    return redirect(address, 307)
