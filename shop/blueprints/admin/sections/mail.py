"""What was mailed, what waits, what was refused."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.admin import queries, services
from shop.core import mail
from shop.core.mail.models import MailState
from shop.plugins.api import commits, notify

bp = Blueprint("mail", __name__)

# A mail's HTML may hold what a stranger wrote: no scripts, no forms, nothing from elsewhere, no origin of ours.
SANDBOX = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)

TONES = {MailState.WAITING: "plain", MailState.SENT: "good", MailState.REFUSED: ""}


@dataclass(frozen=True, slots=True)
class Nothing:
    """What the list says in place of mails."""

    heading: str
    text: str


@bp.get("/")
def index() -> ResponseReturnValue:
    """Mails in a state: `?state=` waiting, sent or refused."""
    try:
        state = MailState(request.args.get("state", MailState.WAITING))
    except ValueError:
        abort(404)
    waiting = queries.waiting_mails()
    return render_template(
        "admin/mail/index.html",
        page=queries.mails(state=state, after=request.args.get("after")),
        state=state,
        states=_tabs(state, waiting),
        nothing=_nothing(state),
        is_configured=mail.is_configured(),
        waiting=waiting,
    )


@bp.get("/<int:mail_id>")
def show(mail_id: int) -> ResponseReturnValue:
    """One mail: its text, and its HTML in a sandbox."""
    found = queries.mail_or_404(mail_id)
    state = MailState(found.state)
    return render_template(
        "admin/mail/show.html",
        mail=found,
        kind=mail.kinds().get(found.kind),
        state=state,
        tone=TONES[state],
        can_be_sent=state is not MailState.SENT,
    )


@bp.get("/<int:mail_id>/html")
def html(mail_id: int) -> ResponseReturnValue:
    """The HTML part, for the frame of `show`."""
    response = Response(queries.mail_or_404(mail_id).html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@bp.post("/<int:mail_id>/send")
@commits
def send(mail_id: int) -> ResponseReturnValue:
    """Try again now."""
    services.send_again(queries.mail_or_404(mail_id))
    notify(_("The email will be sent again."), "info")
    return redirect(url_for("admin.mail.show", mail_id=mail_id), 303)


def _tabs(present: MailState, waiting: int) -> list[tuple[str, str, int | None, bool]]:
    counts = {MailState.WAITING: waiting, MailState.REFUSED: queries.refused_mails()}
    return [
        (
            state.label,
            url_for("admin.mail.index", state=state),
            counts.get(state) or None,
            state is present,
        )
        for state in (MailState.WAITING, MailState.REFUSED, MailState.SENT)
    ]


def _nothing(state: MailState) -> Nothing:
    if state is MailState.REFUSED:
        return Nothing(
            _("No emails were refused"),
            _(
                "Emails that a mail server refused for good, or that can’t be built, are kept here with the reason."
            ),
        )
    if state is MailState.SENT:
        return Nothing(_("No emails sent yet"), _("You can read every sent email here."))
    return Nothing(
        _("No emails are waiting"),
        _(
            "Emails are stored here first and sent a moment later. Emails that can’t be sent yet stay here."
        ),
    )
