"""The pages of staff for what readers wrote in a plugin: what waits, what was decided, and how to undo it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from shop.core.errors import NotFound, Refused
from shop.core.unit_of_work import unit_of_work
from shop.core.web.notices import notify
from shop.plugins.moderation.moderated import PUBLISHED, REFUSED, SPAM, STATES, WAITING, Moderated

_VERBS: Mapping[str, tuple[str, Any]] = {
    "publication": (PUBLISHED, _l("It is published.")),
    "refusal": (REFUSED, _l("It is refused.")),
    "spam": (SPAM, _l("It is among the spam.")),
}


def moderation_desk(
    name: str,
    kind: type[Moderated],
    template: str,
    context: Callable[[Sequence[Any]], Mapping[str, Any]] | None = None,
) -> Blueprint:
    """The blueprint of an `AdminSection` whose pages list what readers wrote, let staff decide, and undo. Its endpoint
    is `overview`; it may get pages more.

    Args:
        name: the blueprint's.
        kind: your class.
        template: extends `admin/base.html` and draws `found`, the things in one `state`, with the macros of
            `_parts/moderation.html`.
        context: gets them, and gives what the template needs besides.
    """
    desk, pages = Blueprint(name, __name__), _Pages(kind, template, context)
    desk.add_url_rule("/", "overview", pages.overview)
    verbs = ", ".join(_VERBS)
    decide = f"/<int:number>/<any({verbs}):verb>"
    desk.add_url_rule(decide, "decide", pages.decide, methods=["POST"])
    desk.add_url_rule("/<int:number>/undoing", "undo", pages.undo, methods=["POST"])
    return desk


@dataclass(frozen=True, slots=True)
class _Pages:
    kind: type[Moderated]
    template: str
    context: Callable[[Sequence[Any]], Mapping[str, Any]] | None

    def overview(self) -> str:
        """Those in one state, `?state=published` and so on; those that wait where nothing is asked for."""
        state = request.args.get("state", WAITING)
        if state not in STATES:
            raise NotFound
        found = self.kind.in_state(state)
        more = self.context(found) if self.context is not None else {}
        return render_template(self.template, state=state, found=found, **more)

    def decide(self, number: int, verb: str) -> ResponseReturnValue:
        """Decide, on what was seen (`version`)."""
        to, said = _VERBS[verb]
        try:
            with unit_of_work():
                thing = self.kind.one(number)
                thing.decide(to, version=_seen())
                version = thing.version
            notify(said, undo_url=url_for(".undo", number=number, version=version))
        except Refused as refusal:
            notify(refusal.message, "error")
        return redirect(url_for(".overview", state=request.form.get("state", WAITING)), 303)

    def undo(self, number: int) -> ResponseReturnValue:
        """Take the last decision back."""
        try:
            with unit_of_work():
                self.kind.one(number).undo(version=_seen())
            notify(_l("The decision is undone."))
        except Refused as refusal:
            notify(refusal.message, "error")
        return redirect(url_for(".overview"), 303)


def _seen() -> int:
    return request.values.get("version", default=-1, type=int)
