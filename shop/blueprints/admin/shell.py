"""The shell: mounts every section, gates them all, and knows the way around.

Built again for each application, because a blueprint takes children only until it is first registered.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from shop.blueprints.accounts import sessions
from shop.blueprints.accounts.queries import current_account, may
from shop.blueprints.admin import navigation, today
from shop.plugins import registry
from shop.plugins.manager import PluginError, Registry


def build(contributed: Registry) -> Blueprint:
    """The blueprint `admin`, with each section at `/admin/<name>`, or within another, as `admin.<name>`.

    Raises:
        PluginError: a section's group is unknown.
    """
    shell = Blueprint("admin", __name__, url_prefix="/admin")
    shell.before_request(gate)
    shell.context_processor(_frame)
    shell.add_url_rule("/", "today", today.today)
    for section in contributed.admin_sections:
        if section.group not in navigation.GROUPS:
            raise PluginError(
                f"admin section {section.name!r}: there is no group {section.group!r}; "
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
        "admin_navigation": lambda: navigation.groups_for(account, request.path),
        "may": partial(may, account),
    }


def gate() -> ResponseReturnValue | None:
    """Before any view of the admin: whoever is not signed in signs in first, whoever may not gets 403."""
    account = current_account()
    if account is None:
        return sessions.ask_to_sign_in()
    # The blueprint's name says which section this is: admin, or admin.<section>, or deeper.
    _, _, path = (request.blueprint or "").partition(".")
    name = path.partition(".")[0]
    if not name:
        if not navigation.permitted(account):
            abort(403)
        return None
    section = next((each for each in registry().admin_sections if each.name == name), None)
    if section is None or not may(account, section.permission):
        abort(403)
    return None
