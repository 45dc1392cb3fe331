"""The shell: mounts every section, gates them all, and knows the way around.

Built again for each application, because a blueprint takes children only until it is first registered.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NoReturn

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from limits import parse

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import current_account, may
from shop.blueprints.accounts.signing_in import sessions
from shop.blueprints.accounts.signing_in.proof_pages import ask_unless_proved
from shop.blueprints.accounts.signing_in.second_step_pages import ask_to_set_up_factor
from shop.blueprints.admin import navigation, palette, today
from shop.core import activity
from shop.core.activity import ActivityKind
from shop.core.database.changed_rows import is_short_word
from shop.extensions import limiter
from shop.plugins import registry
from shop.plugins.api import unit_of_work
from shop.plugins.manager import PluginError, Registry

REFUSALS = parse("20 per hour")


def build(contributed: Registry) -> Blueprint:
    """The blueprint `admin`, with each section at `/admin/<name>`, or within another, as `admin.<name>`.

    Raises:
        PluginError: a section's group is unknown.
    """
    shell = Blueprint("admin", __name__, url_prefix="/admin")
    shell.before_request(gate)
    shell.after_request(note_export)
    shell.context_processor(_frame)
    shell.add_url_rule("/", "today", today.today)
    shell.add_url_rule("/found", "found", found)
    for section in contributed.admin_sections:
        if section.group not in navigation.GROUPS:
            raise PluginError(
                f"plugin {contributed.owners.of(section)!r}: the admin section {section.name!r} is in the group "
                f"{section.group!r}, which is not there; "
                f"choose from {', '.join(navigation.GROUPS)}"
            )
        shell.register_blueprint(
            section.blueprint, name=section.name, url_prefix=f"/{section.within or section.name}"
        )
    return shell


def _frame() -> dict[str, Any]:
    # A function, because parts of a page are templates of their own, and only the frame draws the sidebar.
    account = current_account()
    return {
        "admin_actions": lambda: palette.actions_for(account),
        "admin_navigation": lambda: navigation.groups_for(account, request.path),
        "may": partial(may, account),
    }


def found() -> ResponseReturnValue:
    """What Ctrl K shows for what is typed into it."""
    things = palette.things_found(current_account(), request.args.get("q", ""))
    return render_template("admin/_parts/found.html", found=things)


def gate() -> ResponseReturnValue | None:
    """Before any view of the admin: whoever is not signed in signs in first, whoever may not gets 403."""
    account = current_account()
    if account is None:
        return sessions.ask_to_sign_in()
    if account.is_staff and (question := ask_to_set_up_factor(account)) is not None:
        return question
    # The blueprint's name says which section this is: admin, or admin.<section>, or deeper.
    name = ".".join((request.blueprint or "").split(".")[1:2])
    if not name:
        if not navigation.permitted(account):
            _refuse(account)
        return None
    section = next((each for each in registry().admin_sections if each.name == name), None)
    if section is None or not may(account, section.permission):
        _refuse(account)
    is_change = request.method not in ("GET", "HEAD")
    if section.proof == "enter" or (section.proof and is_change):
        question = ask_unless_proved()
        if question is not None:
            return question
    if is_change:
        activity.act(account.id, request.endpoint or "")
    return None


def _refuse(account: Account) -> NoReturn:
    """Answer 403, and let the log say so; of somebody who tries and tries, now and then."""
    if limiter.limiter.hit(REFUSALS, "refusals", str(account.id)):
        with unit_of_work():
            activity.log_act(ActivityKind.REFUSAL, request.endpoint or "", by=account.id)
    abort(403)


def note_export(response: Response) -> Response:
    """Let the log say who took a file away."""
    account = current_account()
    is_file = response.headers.get("Content-Disposition", "").startswith("attachment")
    if account is not None and is_file:
        details = {name: value for name, value in request.args.items() if is_short_word(value)}
        with unit_of_work():
            activity.log_act(
                ActivityKind.EXPORT, request.endpoint or "", by=account.id, details=details
            )
    return response
