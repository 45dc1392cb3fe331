"""The pages behind the links in mails about answers. Opening one changes nothing: mail programs open every link."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.comments.blueprints import bp
from shop.blueprints.comments.replies import watches
from shop.core.mail.unsubscribe import one_click, unsubscribed
from shop.plugins.api import Gone, unit_of_work


@bp.get("/comments/answers/confirm/<token>")
def answers_confirmation(token: str) -> ResponseReturnValue:
    """A button to say that answers are wanted."""
    try:
        asked = watches.watch_to_confirm(token)
    except Gone:
        return render_template("comments/answers_expired.html"), 410
    return render_template(
        "comments/answers_confirm.html",
        asked=asked,
        titles=watches.titles_waiting(asked.email),
        token=token,
    )


@bp.post("/comments/answers/confirm/<token>")
def confirm_answers(token: str) -> ResponseReturnValue:
    """The button was pressed."""
    try:
        with unit_of_work():
            watches.confirm_watches(watches.watch_to_confirm(token))
    except Gone:
        return render_template("comments/answers_expired.html"), 410
    return redirect(url_for("comments.answers_confirmation", token=token), 303)


@bp.get("/comments/answers/leave/<token>")
def answers_leaving(token: str) -> ResponseReturnValue:
    """A button to get no more of these mails."""
    return render_template("comments/answers_leave.html", watched=watches.watch_of_token(token))


@bp.post("/comments/answers/leave/<token>")
@one_click
def leave_answers(token: str) -> ResponseReturnValue:
    """Stop these mails."""
    with unit_of_work():
        watches.leave_watches(watches.watch_of_token(token))
    page = url_for("comments.answers_leaving", token=token)
    return unsubscribed(_("You will get no more emails about replies."), page)
