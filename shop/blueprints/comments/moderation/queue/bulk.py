"""Decisions on many comments at once: what a moderator ticked, a whole campaign, or all that a filter finds.

The first few hundred are decided at once; a job does the rest, a few hundred at a time, so that no request holds the
database for long. What came after the page was made is left out: nobody has seen it. An undo stops the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from shop.blueprints.accounts.models import Account
from shop.blueprints.comments import decisions
from shop.blueprints.comments.decisions import Outcome
from shop.blueprints.comments.models import Comment, Decision, State
from shop.blueprints.comments.moderation.queue.filters import QueueFilter
from shop.blueprints.comments.moderation.queue.matching import find_matching
from shop.core import jobs
from shop.core.secrets.tokens import random_token
from shop.core.text import as_number
from shop.plugins.api import NotFound, db

AT_ONCE = 500
MOST_PICKED = 200
DECIDE_JOB = "comments.decide_on"
UNDO_JOB = "comments.undo_on"


@dataclass(slots=True)
class Picked:
    """What was ticked: comments, each with the version that was seen (if it was said), and campaigns."""

    ids: list[int] = field(default_factory=list)
    versions: dict[int, int] = field(default_factory=dict)
    campaigns: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, given: Sequence[str]) -> Picked:
        """From the values of ticked boxes: `12`, `12.3`, `campaign:f00`; what is none of these is left out."""
        picked = cls()
        for each in given[:MOST_PICKED]:
            kind, colon, key = each.partition(":")
            if colon and kind == "campaign" and key:
                picked.campaigns.append(key)
                continue
            number, version = (as_number(part) for part in f"{each}.".split(".")[:2])
            if number is not None:
                picked.ids.append(number)
                if version is not None:
                    picked.versions[number] = version
        return picked


@dataclass(frozen=True, slots=True)
class Done:
    """What was done at once; `goes_on` when a job does the rest."""

    outcome: Outcome
    goes_on: bool = False


def decide_picked(
    picked: Picked, to: State, *, by: Account | None, seen: State, until: int
) -> Done:
    """Decide on what was ticked, in one batch."""
    outcome = decisions.decide_ids(picked.ids, to, by=by, seen=seen, versions=picked.versions)
    goes_on = False
    for key in picked.campaigns:
        wanted = QueueFilter(seen, campaign=key)
        more = decide_matching(wanted, to, by=by, until=until, batch=outcome.batch)
        outcome.decided += more.outcome.decided
        outcome.overtaken += more.outcome.overtaken
        goes_on = goes_on or more.goes_on
    return Done(outcome, goes_on)


def decide_matching(
    wanted: QueueFilter,
    to: State,
    *,
    by: Account | None,
    until: int,
    batch: str = "",
    after: str | None = None,
) -> Done:
    """Decide on all that is wanted and was there when `until` was the newest id."""
    batch = batch or random_token()
    page = find_matching(wanted, after=after, size=AT_ONCE, grouped=False, until=until)
    outcome = decisions.decide_ids(page.ids, to, by=by, seen=wanted.state, batch=batch)
    if page.next_cursor:
        payload = {"wanted": wanted.as_payload(), "to": to, "until": until, "batch": batch}
        jobs.enqueue(
            DECIDE_JOB, {**payload, "by": by.id if by else None, "after": page.next_cursor}
        )
    return Done(outcome, goes_on=page.next_cursor is not None)


def take_back_author(comment: Comment, *, by: Account | None, until: int) -> Done:
    """Let what readers see of a comment's author wait, in one batch: all of the email address, or the comment alone."""
    if not comment.email:
        return Done(decisions.decide([comment], State.WAITING, by=by, seen=State.APPROVED))
    theirs = QueueFilter(State.APPROVED, by=comment.email)
    return decide_matching(theirs, State.WAITING, by=by, until=until)


def decide_on(payload: dict[str, Any]) -> None:
    """The job: the next few hundred, unless the batch was undone meanwhile."""
    _hold(payload["batch"])
    undone = select(Decision.id).where(
        Decision.batch == payload["batch"], Decision.undone_at.is_not(None)
    )
    if db.session.scalar(undone.limit(1)) is not None:
        return
    decide_matching(
        QueueFilter.of_payload(payload["wanted"]),
        State(payload["to"]),
        by=_account(payload["by"]),
        until=payload["until"],
        batch=payload["batch"],
        after=payload["after"],
    )


def undo_batch(batch: str, *, by: Account | None, undoing: str = "", after_id: int = 0) -> Done:
    """Take back what was decided in one go; of what was undone already, nothing.

    Raises:
        NotFound: nothing was decided under this name.
    """
    _hold(batch)
    query = select(Decision).where(Decision.batch == batch, Decision.id > after_id)
    found = db.session.scalars(query.order_by(Decision.id).limit(AT_ONCE)).all()
    if not found and not after_id:
        raise NotFound
    due = [decision for decision in found if decision.undone_at is None]
    outcome = decisions.undo_all(due, by=by, batch=undoing)
    goes_on = len(found) == AT_ONCE
    if goes_on:
        payload = {"batch": batch, "by": by.id if by else None, "undoing": outcome.batch}
        jobs.enqueue(UNDO_JOB, {**payload, "after_id": found[-1].id})
    return Done(outcome, goes_on)


def undo_on(payload: dict[str, Any]) -> None:
    """The job: the next few hundred of an undo."""
    undo_batch(
        payload["batch"],
        by=_account(payload["by"]),
        undoing=payload["undoing"],
        after_id=payload["after_id"],
    )


def _hold(batch: str) -> None:
    """Let nobody else go on with a batch, or undo it, until we are done: an undo would miss what is being decided."""
    first = select(Decision.id).where(Decision.batch == batch).order_by(Decision.id).limit(1)
    db.session.execute(first.with_for_update(key_share=True))


def _account(account_id: int | None) -> Account | None:
    return db.session.get(Account, account_id) if account_id else None
