"""The endpoint, for other servers and for readers with a form."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField

from bookstall_webmention import receiving
from bookstall_webmention.documents import host_of
from bookstall_webmention.mentions import WebmentionSettings
from bookstall_webmention.receiving import Claim
from shop.plugins.api import (
    NotFound,
    Refused,
    cross_site_allowed,
    current_settings,
    limit,
    notify,
    public_page,
    unit_of_work,
)
from shop.plugins.api.forms import Form, one_line, refuse_field

bp = Blueprint("webmention", __name__, template_folder="templates")


class ClaimForm(Form):
    """What a reader types: their page, and ours."""

    source = StringField(
        _l("Your page"), description=_l("It has to link to the article."), **one_line(2000)
    )
    target = StringField(_l("The article here"), **one_line(2000))


@bp.get("/webmention")
def explain() -> str:
    """What the endpoint is for, with a form: the same for everyone."""
    _require_open()
    public_page("settings")
    return render_template("webmention/explain.html", form=ClaimForm(formdata=None))


@bp.post("/webmention")
@cross_site_allowed
def take() -> ResponseReturnValue:
    """Take a claim. A server is answered 202 and looks no further; a person comes back to the article."""
    _require_open()
    limit(f"webmention.take:{request.remote_addr}", "60 per hour")
    given = request.form
    claim = Claim(
        given.get("source", "").strip(),
        given.get("target", "").strip(),
        given.get("vouch", "").strip(),
    )
    try:
        mentioned = receiving.check(claim)
    except Refused as refusal:
        return _refused(refusal)
    limit(f"webmention.from:{host_of(claim.source)}", "30 per hour")
    with unit_of_work():
        receiving.take(claim)
    if not _is_person():
        return "Accepted: the page will be looked at.\n", 202, {"Content-Type": "text/plain"}
    notify(_("Thank you. Your page will be looked at, and may appear below the article."))
    return redirect(mentioned.url, 303)


def _refused(refusal: Refused) -> ResponseReturnValue:
    if not _is_person():
        return f"{refusal.message}\n", 400, {"Content-Type": "text/plain"}
    form = ClaimForm()
    refuse_field(form, refusal)
    return render_template("webmention/explain.html", form=form), 422


def _is_person() -> bool:
    """Whether a browser sent the form: other servers don't ask for HTML first."""
    return request.accept_mimetypes.best == "text/html"


def _require_open() -> None:
    if not current_settings(WebmentionSettings).receives:
        raise NotFound
