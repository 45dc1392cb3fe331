"""What we keep about someone without an account: to take away or to erase, behind a mailed link."""

from __future__ import annotations

from flask import Response, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts import personal
from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.forms import ResetForm, typed
from shop.blueprints.accounts.guests import services
from shop.blueprints.accounts.guests.services import GuestLinkEnded
from shop.core.web.limits.rate_limits import limit_outcomes, was_accepted
from shop.plugins.api import Refused, notify, unit_of_work

__all__ = ["bp"]


@bp.get("/guest/data")
def ask_for_data() -> ResponseReturnValue:
    """Ask for a link to what is kept about an address."""
    return render_template("accounts/ask_for_data.html", form=ResetForm(formdata=None))


@bp.post("/guest/data")
@limit_outcomes("10 per hour", was_accepted)
def mail_data_link() -> ResponseReturnValue:
    """Mail a link, if anything is kept; the answer is the same if nothing is."""
    form = ResetForm()
    if not form.validate():
        return render_template("accounts/ask_for_data.html", form=form), 422
    with unit_of_work():
        services.queue_guest_mail(typed(form.email))
    return redirect(url_for("accounts.mailed", what="data"), 303)


@bp.get("/guest/data/<token>")
def guest_data(token: str) -> ResponseReturnValue:
    """What is kept, and what would go. Looking changes nothing, because mail scanners look too."""
    email = services.follow_guest_link(token)
    return render_template(
        "accounts/guest_data.html", email=email, token=token, kept=personal.counts(email)
    )


@bp.get("/guest/data/<token>/my-data.json")
def guest_export(token: str) -> ResponseReturnValue:
    """Everything, as a file."""
    body = current_app.json.dumps(personal.export(services.follow_guest_link(token)), indent=2)
    return Response(
        body,
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@bp.post("/guest/data/<token>/erase")
def guest_erase(token: str) -> ResponseReturnValue:
    """Erase everything that the page before has listed."""
    email = services.follow_guest_link(token)
    try:
        with unit_of_work():
            personal.erase(email)
    except Refused as refused:
        notify(refused.message, "error")
    else:
        stays = personal.what_stays(email)
        notify(f"{_('The data we kept about you has been erased.')} {stays}".strip())
    return redirect(url_for("accounts.guest_data", token=token), 303)


@bp.errorhandler(GuestLinkEnded)
def guest_link_ended(_ended: GuestLinkEnded) -> ResponseReturnValue:
    """Say what the link was, with the way to a new one."""
    return render_template("accounts/link_of_data.html", form=ResetForm(formdata=None)), 410
