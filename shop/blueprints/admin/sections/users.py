"""Who can sign in, and as what."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts import personal, queries, services, session_store
from shop.blueprints.accounts.forms import typed
from shop.blueprints.accounts.mailed_links import mails
from shop.blueprints.accounts.models import Role
from shop.blueprints.accounts.second_factor import services as second_factor
from shop.blueprints.accounts.signing_in.sessions import person
from shop.blueprints.admin.forms import EraseForm, NewUserForm, UserForm
from shop.core.mail.mailboxes import normal_address
from shop.plugins.api import AdminFound, Refused, commits, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

bp = Blueprint("users", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """All accounts, newest first; `?search=` and `?role=` narrow them."""
    search = request.args.get("search", "").replace("\x00", "").strip()[:100]
    role = request.args.get("role", "")
    if role and role not in set(Role):
        abort(404)
    page = queries.accounts(search=search, role=role, after=request.args.get("after"))
    return render_template(
        "admin/users/index.html", page=page, search=search, role=role, roles=_roles(role, search)
    )


def find_users(typed: str, limit: int) -> Iterable[AdminFound]:
    """Those with this in their name or email address."""
    for account in queries.accounts(search=typed).items[:limit]:
        url = url_for("admin.users.edit", account_id=account.id)
        yield AdminFound(account.name or account.email, url, account.email)


def _roles(present: str, search: str) -> list[tuple[str, str, None, bool]]:
    choices = [(_("All"), ""), *((each.label, each.value) for each in Role)]
    return [
        (
            label,
            url_for("admin.users.index", role=role or None, search=search or None),
            None,
            role == present,
        )
        for label, role in choices
    ]


@bp.get("/new")
def new() -> ResponseReturnValue:
    """Add a person."""
    return render_template("admin/users/new.html", form=NewUserForm())


@bp.post("/new")
def add() -> ResponseReturnValue:
    """Make the account; the person gets a link to choose a password."""
    form = NewUserForm()
    if form.validate():
        try:
            with unit_of_work():
                account = services.invite(
                    email=typed(form.email), name=typed(form.name), role=typed(form.role)
                )
        except Refused as refused:
            refuse_field(form, refused)
        else:
            notify(_("%(email)s has been invited.", email=account.email))
            return redirect(url_for("admin.users.index"), 303)
    return render_template("admin/users/new.html", form=form), 422


@bp.get("/<int:account_id>")
def edit(account_id: int) -> ResponseReturnValue:
    """One person."""
    account = queries.account_or_404(account_id)
    return _edit(account_id, UserForm(formdata=None, obj=account))


def _edit(account_id: int, form: UserForm, erase_form: EraseForm | None = None) -> str:
    account = queries.account_or_404(account_id)
    return render_template(
        "admin/users/edit.html",
        account=account,
        form=form,
        erase_form=erase_form or EraseForm(formdata=None),
        is_self=account.id == person().id,
        sessions=session_store.sessions_of(account),
        has_second_factor=second_factor.has_second_factor(account),
    )


@bp.post("/<int:account_id>")
def save(account_id: int) -> ResponseReturnValue:
    """Change a name and a role."""
    queries.account_or_404(account_id)
    form = UserForm()
    if form.validate():
        try:
            with unit_of_work():
                account = queries.account_or_404(account_id)
                services.rename(account, typed(form.name))
                services.give_role(account, typed(form.role), by=person())
                services.give_permissions(account, form.given.data or ())
        except Refused as refused:
            refuse_field(form, refused)
        else:
            notify(_("%(name)s has been saved.", name=account.name))
            return redirect(url_for("admin.users.edit", account_id=account_id), 303)
    return _edit(account_id, form), 422


@bp.post("/<int:account_id>/verified")
@commits
def verify(account_id: int) -> ResponseReturnValue:
    """Take an address as confirmed, on the owner's word; the person chooses a password by a mailed link."""
    account = queries.account_or_404(account_id)
    services.vouch_for(account)
    notify(_("%(email)s is now confirmed.", email=account.email))
    return redirect(url_for("admin.users.edit", account_id=account_id), 303)


@bp.post("/<int:account_id>/link")
@commits
def send_link(account_id: int) -> ResponseReturnValue:
    """Mail a link to choose a password."""
    account = queries.account_or_404(account_id)
    mails.queue_account_mail("reset" if account.password_hash else "invitation", account)
    notify(_("We sent a link to %(email)s.", email=account.email))
    return redirect(url_for("admin.users.edit", account_id=account_id), 303)


@bp.post("/<int:account_id>/second-factor/removal")
@commits
def remove_second_factor(account_id: int) -> ResponseReturnValue:
    """Let the password do again, for somebody who lost the app and the recovery codes."""
    account = queries.account_or_404(account_id)
    second_factor.remove_factor(account)
    session_store.close_all(account)
    notify(_("%(email)s signs in without a second factor now.", email=account.email))
    return redirect(url_for("admin.users.edit", account_id=account_id), 303)


@bp.post("/<int:account_id>/sessions/end")
@commits
def end_sessions(account_id: int) -> ResponseReturnValue:
    """Sign a person out everywhere."""
    account = queries.account_or_404(account_id)
    session_store.close_all(account)
    notify(_("%(email)s is signed out everywhere.", email=account.email))
    return redirect(url_for("admin.users.edit", account_id=account_id), 303)


@bp.post("/<int:account_id>/erase")
def erase(account_id: int) -> ResponseReturnValue:
    """Erase an account and what is kept about its person."""
    account = queries.account_or_404(account_id)
    form = EraseForm()
    if form.validate():
        try:
            if normal_address(typed(form.email)) != account.email:
                form.email.errors = [_("Type the email address of this account.")]
            else:
                email = account.email
                with unit_of_work():
                    personal.erase(email)
                notify(_("%(email)s has been erased.", email=email))
                return redirect(url_for("admin.users.index"), 303)
        except Refused as refused:
            form.form_errors.append(refused.message)
    return _edit(account_id, UserForm(formdata=None, obj=account), form), 422
