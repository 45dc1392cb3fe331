"""Pages for staff: mentions that wait, decisions and how to undo them, and what was sent."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bookstall_webmention import mentions, sending
from bookstall_webmention.models import PUBLISHED, REFUSED, SPAM, WAITING
from shop.plugins.api import NotFound, Refused, article, notify, unit_of_work

desk = Blueprint("webmention-desk", __name__)
VERBS = {
    "publication": (PUBLISHED, "Publish", "The mention is published."),
    "refusal": (REFUSED, "Refuse", "The mention is refused."),
    "spam": (SPAM, "Spam", "The mention is among the spam."),
}
OUTCOMES = {
    "": "Not told yet",
    "told": "Told",
    "no_endpoint": "Takes no webmentions",
    "not_taken": "Did not take it",
    "away": "Could not be reached",
}


@desk.get("/")
def overview() -> str:
    """Mentions in one state, `?state=published` and so on; those that wait where nothing is asked for."""
    state = request.args.get("state", WAITING)
    if state not in mentions.STATES:
        raise NotFound
    found = mentions.in_state(state)
    return render_template(
        "webmention/desk.html",
        state=state,
        states=mentions.STATES,
        mentions=found,
        articles={each.article_id: article(each.article_id) for each in found},
        verbs=[(name, to, label) for name, (to, label, _said) in VERBS.items()],
    )


@desk.get("/sent")
def sent() -> str:
    """What was sent last."""
    return render_template(
        "webmention/sent.html",
        state="",
        states=mentions.STATES,
        rows=sending.newest(),
        outcomes=OUTCOMES,
    )


@desk.post("/<int:mention_id>/<any(publication, refusal, spam):verb>")
def decide(mention_id: int, verb: str) -> ResponseReturnValue:
    """Decide on a mention, as it was seen (`version`)."""
    to, _label, said = VERBS[verb]
    try:
        with unit_of_work():
            mention = mentions.mention_or_error(mention_id)
            mentions.decide(mention, to, version=_seen())
            version = mention.version
        notify(said, undo_url=url_for(".undo", mention_id=mention_id, version=version))
    except Refused as refusal:
        notify(refusal.message, "error")
    return redirect(url_for(".overview", state=request.form.get("state", WAITING)), 303)


@desk.post("/<int:mention_id>/undoing")
def undo(mention_id: int) -> ResponseReturnValue:
    """Take the last decision on a mention back."""
    try:
        with unit_of_work():
            mentions.undo(mentions.mention_or_error(mention_id), version=_seen())
        notify("The decision is undone.")
    except Refused as refusal:
        notify(refusal.message, "error")
    return redirect(url_for(".overview"), 303)


def _seen() -> int:
    return request.values.get("version", default=-1, type=int)
