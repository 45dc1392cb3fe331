"""The moderation queue's pages: looking, deciding, taking back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.comments import queries, tallies
from shop.blueprints.comments.blueprints import admin_bp
from shop.blueprints.comments.decisions import VERBS, Outcome
from shop.blueprints.comments.models import State
from shop.blueprints.comments.moderation.queue import address, bulk, cards, matching, pulse
from shop.blueprints.comments.moderation.queue.address import queue_url
from shop.blueprints.comments.moderation.queue.bulk import Done, Picked
from shop.blueprints.comments.moderation.queue.filters import QueueFilter
from shop.core.text import excerpt
from shop.plugins.api import AdminFound, NotFound, commits, notify


@admin_bp.get("/")
def index() -> ResponseReturnValue:
    """Comments in one state, with what speaks for and against each."""
    wanted = address.filter_asked_for()
    after = request.args.get("after")
    until = queries.newest_id()
    page = cards.page_of_cards(wanted, after=after)
    if after and not page.items and not page.next_cursor:  # what stood here has been decided on
        return redirect(queue_url(state=wanted.state, **address.filters(wanted)), 303)
    counts = tallies.by_state()
    return render_template(
        "admin/comments/index.html",
        page=page,
        wanted=wanted,
        tabs=_tabs(wanted, counts),
        total=None if wanted.is_narrowed else counts[wanted.state],
        verbs=_verbs(wanted.state),
        orders=address.order_choices(wanted),
        checks=address.checks(),
        here=address.here(),
        until=until,
    )


def find_comments(typed: str, limit: int) -> Iterable[AdminFound]:
    """Among the newest, those with this in their text or in the name or address of who wrote them."""
    for comment in matching.newest_with(typed, limit):
        url = queue_url(state=comment.state, q=typed)
        title = f"{comment.author_name}: {excerpt(comment.body, 60)}"
        yield AdminFound(title, url, State(comment.state).label)


@admin_bp.get("/pulse")
def beat() -> Response:
    """What has changed for a page that is open: asked every few seconds, and cheap while nothing has."""
    wanted = address.filter_asked_for()
    now = pulse.take_pulse()
    response = jsonify()
    response.set_etag(now.etag)
    if request.if_none_match.contains(now.etag):
        response.status_code = 304
        response.set_data(b"")
        return response
    shown = Picked.of(request.args.get("ids", "").split(",")).ids
    response.set_data(
        jsonify(
            counts={state: f"{number:,}" for state, number in now.counts.items()},
            decided=pulse.decided_elsewhere(shown, wanted.state),
            newest=now.newest_id,
        ).get_data()
    )
    return response


@admin_bp.post("/decisions")
@commits
def decide() -> ResponseReturnValue:
    """Decide on what is ticked, or on all that the filter finds."""
    to, wanted, by = (
        _target(request.form.get("verb", "")),
        address.filter_asked_for(),
        current_account(),
    )
    if request.form.get("all"):
        done = bulk.decide_matching(wanted, to, by=by, until=address.until())
    else:
        picked = Picked.of(request.form.getlist("ids"))
        done = bulk.decide_picked(picked, to, by=by, seen=wanted.state, until=address.until())
    return _answer(to, done)


@admin_bp.post("/<int:comment_id>/<verb>")
@commits
def decide_one(comment_id: int, verb: str) -> ResponseReturnValue:
    """Decide on one comment."""
    to = _target(verb)
    version = request.args.get("version", "")
    picked = Picked.of([f"{queries.comment_or_404(comment_id).id}.{version}"])
    seen = address.state()
    return _answer(to, bulk.decide_picked(picked, to, by=current_account(), seen=seen, until=0))


@admin_bp.post("/<int:comment_id>/publication")
@commits
def take_back(comment_id: int) -> ResponseReturnValue:
    """Take a published comment back, with everything else of the same author that readers see: all of it waits."""
    comment = queries.comment_or_404(comment_id)
    done = bulk.take_back_author(comment, by=current_account(), until=address.until())
    return _answer(State.WAITING, done)


@admin_bp.post("/campaigns/<key>/publication")
@commits
def take_back_campaign(key: str) -> ResponseReturnValue:
    """Take all of a campaign back that readers see: it waits."""
    wanted = QueueFilter(State.APPROVED, campaign=key)
    by, until = current_account(), address.until()
    done = bulk.decide_matching(wanted, State.WAITING, by=by, until=until)
    return _answer(State.WAITING, done)


@admin_bp.post("/campaigns/<key>/<verb>")
@commits
def decide_campaign(key: str, verb: str) -> ResponseReturnValue:
    """Decide on all of a campaign that was there when the page was made."""
    to, wanted = _target(verb), QueueFilter(address.state(), campaign=key)
    done = bulk.decide_matching(wanted, to, by=current_account(), until=address.until())
    return _answer(to, done)


@admin_bp.post("/batches/<batch>/undo")
@commits
def undo_batch(batch: str) -> ResponseReturnValue:
    """Take back what was decided in one go, from the message that said so."""
    say_undone(bulk.undo_batch(batch, by=current_account()))
    return redirect(queue_url(**address.here()), 303)


def say_undone(done: Done) -> None:
    """Tell what became of an undo."""
    outcome = done.outcome
    if outcome.decided:
        number = outcome.decided
        notify(ngettext("%(num)d decision undone", "%(num)d decisions undone", number))
    elif not outcome.overtaken:
        notify(_("This has already been undone."), "info")
    _say_going_on(done)
    _say_overtaken(outcome)


def _target(verb: str) -> State:
    if verb not in VERBS:
        raise NotFound
    return VERBS[verb]


def _answer(to: State, done: Done) -> ResponseReturnValue:
    _say_decided(to, done)
    return redirect(queue_url(**address.here()), 303)


def _say_decided(state: State, done: Done) -> None:
    number = done.outcome.decided
    said = {
        State.APPROVED: ngettext("%(num)d comment approved", "%(num)d comments approved", number),
        State.SPAM: ngettext(
            "%(num)d comment marked as spam", "%(num)d comments marked as spam", number
        ),
        State.REJECTED: ngettext("%(num)d comment rejected", "%(num)d comments rejected", number),
        State.WAITING: ngettext(
            "%(num)d comment taken back; it waits for review",
            "%(num)d comments taken back; they wait for review",
            number,
        ),
    }
    if number:
        batch = done.outcome.batch
        undo_url = url_for("admin.comments.undo_batch", batch=batch, **address.here())
        notify(said[state], undo_url=undo_url)
    elif not done.outcome.overtaken:
        notify(_("Nothing to change."), "info")
    _say_going_on(done)
    _say_overtaken(done.outcome)


def _say_going_on(done: Done) -> None:
    if done.goes_on:
        notify(
            _("The rest will follow within a minute or two. The log shows the progress."), "info"
        )


def _say_overtaken(outcome: Outcome) -> None:
    if not outcome.overtaken:
        return
    words = ngettext(
        "%(num)d comment was not changed, because someone else decided on it in the meantime.",
        "%(num)d comments were not changed, because someone else decided on them in the meantime.",
        len(outcome.overtaken),
    )
    by_whom = sorted(set(cards.who_decided(outcome.overtaken[:50]).values()))
    notify(" ".join([words, *(f"{each}." for each in by_whom[:3])]), "error")


def _tabs(wanted: QueueFilter, counts: Any) -> list[tuple[str, str, str, bool]]:
    return [
        (
            label,
            queue_url(state=state, **address.filters(wanted)),
            f"{counts[state]:,}",
            state is wanted.state,
        )
        for state, label in address.labels().items()
    ]


def _verbs(state: State) -> list[tuple[str, str, str]]:
    """(label, key, verb) of what can be decided on comments in a state."""
    verbs = [(_("Approve"), "a", "approve"), (_("Spam"), "s", "spam"), (_("Reject"), "r", "reject")]
    return [each for each in verbs if VERBS[each[2]] is not state]
