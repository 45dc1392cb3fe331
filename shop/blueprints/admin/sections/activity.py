"""The activity log: who did what, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.services import SIGN_IN
from shop.blueprints.admin import queries
from shop.core import activity
from shop.core.activity import ActivityEntry, ActivityKind
from shop.core.text import as_number
from shop.plugins import registry

bp = Blueprint("activity", __name__)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as people read it. `account` is who did it, if they still have an account; `who` says it in words."""

    at: datetime
    kind: ActivityKind
    account: Account | None
    who: str
    act: str
    details: Sequence[str]


@bp.get("/")
def index() -> ResponseReturnValue:
    """All entries; `?kind=`, `?by=` (an account) and `?section=` narrow them down."""
    given = request.args
    kind = given.get("kind", "")
    chosen = ActivityKind(kind) if kind in set(ActivityKind) else None
    by = as_number(given.get("by", ""))
    section = given.get("section", "")[:80]
    page = queries.activities(kind=chosen, by=by, section=section, after=given.get("after"))
    people = queries.accounts_by_id({each.account_id for each in page.items if each.account_id})
    return render_template(
        "admin/activity/index.html",
        lines=[_line(entry, people) for entry in page.items],
        next_cursor=page.next_cursor,
        kinds=list(ActivityKind),
        kind=chosen,
        by=by,
        people=queries.staff(),
        section=section,
        sections=[(each.name, str(each.label)) for each in registry().admin_sections],
    )


def _line(entry: ActivityEntry, people: Mapping[int, Account]) -> Line:
    account = people.get(entry.account_id or 0)
    if account is not None and account.created_at > entry.at:
        account = None  # a number that was given out again
    return Line(
        entry.at,
        ActivityKind(entry.kind),
        account,
        _who(entry, account),
        _in_words(entry.act) if entry.act != SIGN_IN else ActivityKind.SIGN_IN.label,
        [_detail(change) for change in entry.changes],
    )


def _who(entry: ActivityEntry, account: Account | None) -> str:
    if account is not None:
        return account.name
    if entry.account_id is None:
        return str(_("Command line"))
    return str(_("Erased account %(number)d", number=entry.account_id))


def _in_words(act: str) -> str:
    """`admin.products.save` as "Products: save"; what is no page of ours stays as it is."""
    if act in (activity.BROKEN, activity.ACCEPTED):
        return str(
            _("The log did not end here as it was sealed")
            if act == activity.BROKEN
            else _("The break of the log was accepted")
        )
    shell, _dot, rest = act.partition(".")
    section, _dot, view = rest.partition(".")
    labels = {each.name: str(each.label) for each in registry().admin_sections}
    if shell == "admin" and not view:
        return str(_("Admin: %(page)s", page=section))
    if shell == "accounts":
        return str(_("Own account: %(what)s", what=rest.replace("_", " ")))
    if shell != "admin" or section not in labels:
        return act.replace("_", " ")
    return f"{labels[section]}: {view.replace('_', ' ')}"


def _detail(change: Mapping[str, Any]) -> str:
    if change["did"] == "more":
        return str(_("and %(number)s more", number=change["id"]))
    thing = " ".join(
        filter(None, [change["what"].replace("_", " "), change["name"] or change["id"]])
    )
    said = {
        "added": _("%(thing)s added", thing=thing),
        "changed": _("%(thing)s changed", thing=thing),
        "removed": _("%(thing)s deleted", thing=thing),
    }.get(change["did"], thing)
    fields = ", ".join(_field(name, values) for name, values in change["fields"].items())
    return ": ".join(filter(None, [said, fields]))


def _field(name: str, values: Sequence[Any]) -> str:
    """A field with its old and new value, as far as the log has them."""
    label = name.replace("_", " ")
    if not values:
        return label
    old, new = values
    if old is None:
        return f"{label} {new}"
    return str(_("%(label)s %(old)s → %(new)s", label=label, old=old, new=new))
