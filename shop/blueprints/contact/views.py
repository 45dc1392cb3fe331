"""The contact page."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.contact import services
from shop.blueprints.contact.forms import MessageForm
from shop.extensions import limiter
from shop.plugins.api import notify, public_page, unit_of_work

bp = Blueprint("contact", __name__)


@bp.get("/contact")
def write() -> ResponseReturnValue:
    """The empty form: the same for everyone."""
    public_page("settings")
    return render_template("contact/write.html", form=MessageForm())


@bp.post("/contact")
@limiter.limit("5 per minute; 40 per day")
def send() -> ResponseReturnValue:
    """Take a message."""
    form = MessageForm()
    if not form.validate():
        return render_template("contact/write.html", form=form), 422
    with unit_of_work():
        services.receive_message(
            name=form.name.data or "", email=form.email.data or "", body=form.message.data or ""
        )
    notify(_("Thanks for contacting us! We'll get back to you as soon as possible."))
    return redirect(url_for("contact.write"), 303)
