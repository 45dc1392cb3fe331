"""The moderation queue and the log of decisions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.comments import decisions, moderation, queries, tallies
from shop.blueprints.comments.decisions import Outcome
from shop.blueprints.comments.models import State
from shop.core.errors import NotFound
from shop.core.notices import notify
from shop.core.unit_of_work import commits

bp = Blueprint("comments", __name__)

VERBS = {"approve": State.APPROVED, "spam": State.SPAM, "reject": State.REJECTED}
MOST_AT_ONCE = 200


@bp.get("/")
def index() -> ResponseReturnValue:
    """Comments in one state, with what speaks for and against each."""
    state, filters = _state(), _filters()
    after = request.args.get("after")
    page = moderation.queue(state, after=after, **filters)
    if after and not page.items:  # what stood here has been decided on
        return redirect(_queue_url(state=state, **_in_address()), 303)
    return render_template(
        "admin/comments/index.html",
        page=page,
        state=state,
        tabs=_tabs(state),
        verbs=_verbs(state),
        here={"state": state, "after": after, **_in_address()},
        **filters,
    )


@bp.post("/decisions")
@commits
def decide() -> ResponseReturnValue:
    """Decide on the selected comments."""
    ids = {int(each) for each in request.form.getlist("ids") if each.isdecimal() and len(each) < 16}
    return _decide(sorted(ids)[:MOST_AT_ONCE], request.form.get("verb", ""))


@bp.post("/<int:comment_id>/<verb>")
@commits
def decide_one(comment_id: int, verb: str) -> ResponseReturnValue:
    """Decide on one comment."""
    return _decide([queries.comment_or_404(comment_id).id], verb)


@bp.get("/decisions")
def log() -> ResponseReturnValue:
    """Who decided what and when."""
    page = moderation.decisions(request.args.get("after"))
    return render_template("admin/comments/log.html", page=page, labels=_labels())


@bp.post("/decisions/<int:decision_id>/undo")
@commits
def undo(decision_id: int) -> ResponseReturnValue:
    """Take one decision back, from the log."""
    decision = queries.decision_or_404(decision_id)
    _say_undone(decisions.undo_all([decision], by=current_account()))
    return redirect(url_for("admin.comments.log"), 303)


@bp.post("/batches/<batch>/undo")
@commits
def undo_batch(batch: str) -> ResponseReturnValue:
    """Take back what was decided in one go, from the message that said so."""
    found = queries.decisions_of_batch(batch)
    _say_undone(decisions.undo_all(found, by=current_account()))
    return redirect(_queue_url(**_back()), 303)


def _decide(ids: list[int], verb: str) -> ResponseReturnValue:
    if verb not in VERBS:
        raise NotFound
    comments = queries.comments_of_ids(ids)
    outcome = decisions.decide(comments, VERBS[verb], by=current_account(), seen=_state())
    _say_decided(VERBS[verb], outcome)
    return redirect(_queue_url(**_back()), 303)


def _say_decided(state: State, outcome: Outcome) -> None:
    number = outcome.decided
    said = {
        State.APPROVED: ngettext("%(num)d comment approved", "%(num)d comments approved", number),
        State.SPAM: ngettext(
            "%(num)d comment marked as spam", "%(num)d comments marked as spam", number
        ),
        State.REJECTED: ngettext("%(num)d comment rejected", "%(num)d comments rejected", number),
    }
    if number:
        undo_url = url_for("admin.comments.undo_batch", batch=outcome.batch, **_back())
        notify(said[state], undo_url=undo_url)
    elif not outcome.overtaken:
        notify(_("Nothing was selected that is not so already."), "info")
    _say_overtaken(outcome)


def _say_undone(outcome: Outcome) -> None:
    if outcome.decided:
        number = outcome.decided
        notify(ngettext("%(num)d decision undone", "%(num)d decisions undone", number))
    elif not outcome.overtaken:
        notify(_("This was undone already."), "info")
    _say_overtaken(outcome)


def _say_overtaken(outcome: Outcome) -> None:
    if outcome.overtaken:
        notify(
            ngettext(
                "%(num)d comment was left as it is: somebody has decided on it since.",
                "%(num)d comments were left as they are: somebody has decided on them since.",
                len(outcome.overtaken),
            ),
            "error",
        )


def _state() -> State:
    given = request.args.get("state", State.WAITING)
    if given not in _labels():
        raise NotFound
    return State(given)


def _filters() -> dict[str, str]:
    return {
        "search": request.args.get("q", "").strip()[: moderation.LONGEST_SEARCH],
        "article": request.args.get("article", "").strip(),
    }


def _in_address() -> dict[str, str | None]:
    filters = _filters()
    return {"q": filters["search"] or None, "article": filters["article"] or None}


def _back() -> dict[str, Any]:
    """Where a decision was made: its page of the queue."""
    return {"state": _state(), "after": request.args.get("after"), **_in_address()}


def _queue_url(**address: Any) -> str:
    return url_for("admin.comments.index", **address)


def _labels() -> dict[State, str]:
    return {
        State.WAITING: _("Waiting"),
        State.APPROVED: _("Published"),
        State.SPAM: _("Spam"),
        State.REJECTED: _("Rejected"),
    }


def _tabs(current: State) -> list[tuple[str, str, str, bool]]:
    counts = tallies.by_state()
    return [
        (
            label,
            _queue_url(state=state, **_in_address()),
            f"{counts[state]:,}",
            state is current,
        )
        for state, label in _labels().items()
    ]


def _verbs(state: State) -> list[tuple[str, str, str]]:
    """(label, key, verb) of what can be decided on comments in a state."""
    verbs = [(_("Approve"), "a", "approve"), (_("Spam"), "s", "spam"), (_("Reject"), "r", "reject")]
    return [each for each in verbs if VERBS[each[2]] is not state]
