"""The queue's address: which comments it asks for, and the way back to it."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from flask import request, url_for

from shop.blueprints.comments.models import State
from shop.blueprints.comments.moderation.queue.filters import BY_LIKELIHOOD, QueueFilter, QueueOrder
from shop.blueprints.comments.moderation.queue.matching import LONGEST_SEARCH
from shop.core.text import as_number
from shop.core.web.pagination import MAX_INTEGER
from shop.plugins import check_title, registry
from shop.plugins.api import NotFound

LONGEST_KEY = 32


def filter_asked_for() -> QueueFilter:
    """What the present address asks for.

    Raises:
        NotFound: there is no such state, order or check.
    """
    check = _given("check")
    if check and check not in dict(checks()):
        raise NotFound
    return QueueFilter(
        state=state(),
        article=_given("article"),
        by=_given("by"),
        search=_given("q"),
        check=check,
        campaign=_given("campaign")[:LONGEST_KEY],
        unread=bool(_given("unread")),
        groups=bool(_given("groups")),
        order=_order(),
    )


def state() -> State:
    """The state that the address names; waiting where it names none.

    Raises:
        NotFound: there is no such state to look at.
    """
    given = request.args.get("state", State.WAITING)
    if given not in labels():
        raise NotFound
    return State(given)


def filters(of: QueueFilter) -> dict[str, Any]:
    """The filters and the order, as they are in an address."""
    return {
        "q": of.search or None,
        "by": of.by or None,
        "article": of.article or None,
        "check": of.check or None,
        "campaign": of.campaign or None,
        "unread": 1 if of.unread else None,
        "groups": 1 if of.groups else None,
        "order": of.order,
    }


def here() -> dict[str, Any]:
    """The address of the present page of the queue."""
    asked = filter_asked_for()
    return {"state": asked.state, "after": request.args.get("after"), **filters(asked)}


def queue_url(**address: Any) -> str:
    """The address of a page of the queue."""
    return url_for("admin.comments.index", **address)


def until() -> int:
    """The newest comment when the page was made; without it, a decision covers what is there now."""
    given = as_number(request.args.get("until", ""))
    return MAX_INTEGER if given is None else given


def labels() -> dict[State, str]:
    """The states that a moderator looks at, in words."""
    return {state: state.label for state in State if state is not State.ERASED}


def order_choices(of: QueueFilter) -> list[tuple[QueueOrder, str]]:
    """The orders to choose from, in words."""
    return [
        (each, each.label) for each in QueueOrder if of.can_be_ranked or each not in BY_LIKELIHOOD
    ]


def checks() -> list[tuple[str, str]]:
    """(name, title) of the checks, which are the kinds of evidence, by title."""
    found = {check.name: check_title(check) for check in registry().comment_checks}
    return sorted(found.items(), key=itemgetter(1))


def _order() -> QueueOrder | None:
    given = request.args.get("order", "")
    if not given:
        return None
    try:
        return QueueOrder(given)
    except ValueError:
        raise NotFound from None


def _given(name: str) -> str:
    return request.args.get(name, "").strip()[:LONGEST_SEARCH]
