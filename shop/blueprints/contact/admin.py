"""The inbox."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.contact import queries, services
from shop.plugins.api import commits, notify

bp = Blueprint("messages", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Messages that wait; `?done=1` those that do not."""
    done = request.args.get("done") == "1"
    page = queries.messages_in(done=done, after=request.args.get("after"))
    return render_template("admin/contact/index.html", page=page, done=done)


@bp.get("/<int:message_id>")
def show(message_id: int) -> ResponseReturnValue:
    """One message."""
    return render_template("admin/contact/show.html", message=queries.message_or_404(message_id))


@bp.post("/<int:message_id>/done")
@commits
def close(message_id: int) -> ResponseReturnValue:
    """Mark a message as done."""
    services.close_message(queries.message_or_404(message_id))
    notify(_("Message closed."))
    return redirect(url_for("admin.messages.index"), 303)


@bp.post("/<int:message_id>/waiting")
@commits
def reopen(message_id: int) -> ResponseReturnValue:
    """Mark a message as not done."""
    services.reopen_message(queries.message_or_404(message_id))
    notify(_("Message reopened."))
    return redirect(url_for("admin.messages.show", message_id=message_id), 303)
