"""The plugin's pages, for everyone and for staff."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bookstall_marginalia import notes, proposals
from bookstall_marginalia.models import Note
from bookstall_marginalia.notes import MarginaliaSettings
from shop.plugins.api import (
    Refused,
    commits,
    cross_site_allowed,
    current_settings,
    external_url,
    notify,
    private_page,
    public_page,
    sign,
    unit_of_work,
    unsign,
)

bp = Blueprint("marginalia", __name__, template_folder="templates")
desk = Blueprint("marginalia-desk", __name__)


@bp.get("/marginalia")
def index() -> str:
    """The newest notes: the same for everyone."""
    public_page("marginalia", "settings")
    return render_template(
        "marginalia/index.html",
        notes=notes.newest(),
        proposals=proposals.published(),
        error="",
        typed={},
    )


@bp.post("/marginalia/proposals")
def propose() -> ResponseReturnValue:
    """Propose what to read next."""
    words = request.form.get("words", "").strip()[:500]
    if words:
        proposals.propose(words, request.remote_addr or "")
    notify("Thank you. We look at it.")
    return redirect(url_for(".index"), 303)


@bp.post("/marginalia")
def write() -> ResponseReturnValue:
    """Write a note: read the form, open a unit of work, redirect."""
    email, words = request.form.get("email", "").lower(), request.form.get("words", "")
    notes.refuse_floods(email)
    private_page()  # what was typed is nobody else's
    longest = current_settings(MarginaliaSettings).longest
    try:
        notes.refuse_spam(email, words, request.remote_addr or "")
        with unit_of_work():
            notes.write(email, words, longest=longest)
    except Refused as refused:
        page = render_template(
            "marginalia/index.html",
            notes=notes.newest(),
            proposals=proposals.published(),
            error=refused.message,
            typed=request.form,
        )
        return page, 422
    notify("Your note stands in the margin.")
    return redirect(url_for(".index"), 303)


@bp.get("/marginalia/<int:note_id>")
def show(note_id: int) -> str:
    """One note."""
    note = notes.note_or_error(note_id)
    public_page("marginalia", "settings")
    return render_template("marginalia/show.html", note=note)


def link_to_take_down(note: Note) -> str:
    """An address that takes a note down for whoever has it, for a week."""
    return external_url("marginalia.take_down_by_link", token=sign("marginalia.note", note.id))


@bp.post("/marginalia/links/<token>")
@cross_site_allowed
def take_down_by_link(token: str) -> ResponseReturnValue:
    """A mail program or another server may ask this: the address itself says who may."""
    note = notes.note_or_error(unsign("marginalia.note", token, max_age=7 * 24 * 3600))
    with unit_of_work():
        notes.take_down(note)
    return "", 204


@desk.get("/")
def overview() -> str:
    """The newest notes, for staff."""
    return render_template("marginalia/desk.html", notes=notes.newest(100))


@desk.post("/<int:note_id>/removal")
@commits
def take_down(note_id: int) -> ResponseReturnValue:
    """Take a note down: nothing to check in a form, so the whole view is one unit of work."""
    notes.take_down(notes.note_or_error(note_id))
    notify("The note is taken down.")
    return redirect(url_for(".overview"), 303)


@desk.post("/orders")
def note_orders() -> ResponseReturnValue:
    """Write a note on each order that was ticked in the list of orders."""
    longest = current_settings(MarginaliaSettings).longest
    with unit_of_work():
        for order_id in request.form.getlist("ids", type=int):
            notes.write("", f"order {order_id} was seen", longest=longest)
    notify("Noted.")
    return redirect(url_for(".overview"), 303)
