"""Pages for staff: what waits, what was decided, and how to undo it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bookstall_reviews import reviews
from bookstall_reviews.models import PUBLISHED, REFUSED, SPAM, WAITING
from shop.plugins.api import NotFound, Refused, notify, product, render_markdown, unit_of_work

desk = Blueprint("reviews-desk", __name__)
VERBS = {
    "publication": (PUBLISHED, "Publish", "The review is published."),
    "refusal": (REFUSED, "Refuse", "The review is refused."),
    "spam": (SPAM, "Spam", "The review is among the spam."),
}


@desk.get("/")
def overview() -> str:
    """Reviews in one state, `?state=published` and so on; those that wait where nothing is asked for."""
    state = request.args.get("state", WAITING)
    if state not in reviews.STATES:
        raise NotFound
    found = reviews.in_state(state)
    products = {each.product_id: product(each.product_id) for each in found}
    return render_template(
        "reviews/desk.html",
        state=state,
        states=reviews.STATES,
        reviews=found,
        products=products,
        verbs=[(name, to, label) for name, (to, label, _said) in VERBS.items()],
        render_markdown=render_markdown,
    )


@desk.post("/<int:review_id>/<any(publication, refusal, spam):verb>")
def decide(review_id: int, verb: str) -> ResponseReturnValue:
    """Decide on a review, as it was seen (`version`)."""
    to, _label, said = VERBS[verb]
    try:
        with unit_of_work():
            review = reviews.review_or_error(review_id)
            reviews.decide(review, to, version=_seen())
            version = review.version
        undo_url = url_for(".undo", review_id=review_id, version=version)
        notify(said, undo_url=undo_url)
    except Refused as refusal:
        notify(refusal.message, "error")
    return redirect(url_for(".overview", state=request.form.get("state", WAITING)), 303)


@desk.post("/<int:review_id>/undoing")
def undo(review_id: int) -> ResponseReturnValue:
    """Take the last decision on a review back."""
    try:
        with unit_of_work():
            reviews.undo(reviews.review_or_error(review_id), version=_seen())
        notify("The decision is undone.")
    except Refused as refusal:
        notify(refusal.message, "error")
    return redirect(url_for(".overview"), 303)


def _seen() -> int:
    return request.values.get("version", default=-1, type=int)
