"""What we keep about a person, to take away or to erase."""

from __future__ import annotations

from flask import Response, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts import personal, services
from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.forms import ConfirmForm, typed
from shop.blueprints.accounts.profile.pages import careful, changes_account
from shop.blueprints.accounts.signing_in import sessions
from shop.blueprints.accounts.signing_in.sessions import for_members, person
from shop.plugins.api import Refused, notify, unit_of_work
from shop.plugins.api.forms import refuse_field


@bp.get("/data")
@for_members
def data() -> ResponseReturnValue:
    """What we keep about a person, to take away or to erase."""
    return _data(ConfirmForm())


def _data(form: ConfirmForm) -> str:
    return render_template(
        "accounts/data.html", form=form, account=person(), kinds=personal.kinds_of_data()
    )


@bp.get("/data.json")
@for_members
def export() -> ResponseReturnValue:
    """Everything, as a file."""
    body = current_app.json.dumps(personal.export(person().email), indent=2)
    return Response(
        body,
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@bp.post("/data/erase")
@changes_account
@careful
def erase() -> ResponseReturnValue:
    """Erase everything, once the password shows that it is the owner of the account."""
    form = ConfirmForm()
    if form.validate():
        try:
            services.require_password(person(), typed(form.password), field="password")
            email = person().email
            with unit_of_work():
                personal.erase(email)
        except Refused as refused:
            refuse_field(form, refused)
        else:
            sessions.end()
            stays = personal.what_stays(email)
            notify(
                f"{_('Your account and the data we kept about you have been erased.')} {stays}".strip()
            )
            return redirect(url_for("accounts.sign_in"), 303)
    return _data(form), 422
