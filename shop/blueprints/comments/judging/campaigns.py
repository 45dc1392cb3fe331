"""Campaigns: comments that say nearly the same, whoever sends them.

A comment's print meets those of earlier ones under its bands. Comments that are alike share a `campaign`, named after
the oldest of them; where a comment is like two campaigns, they are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    delete,
    insert,
    literal_column,
    select,
    union,
    update,
)

from shop.blueprints.comments.judging.models import Band, Print
from shop.blueprints.comments.judging.prints import BANDS, TextPrint, print_of, similarity
from shop.blueprints.comments.models import Comment, Decision, State
from shop.plugins.api import db

MOST_AT_ONCE = 1_000
NEAR = 0.45
"""Above any pair of counsellors' answers that are not copies of each other (docs/performance.md)."""
NEAR_ENOUGH_TO_REFUSE = 0.6
_NEWEST_IN_BAND = 16
_OLDEST_SPAM = 24
_MOST_CAMPAIGNS = 4


class Alike(NamedTuple):
    """An earlier comment that is nearly the same; `similarity` from 0.45 to 1."""

    comment_id: int
    email: str
    campaign: str | None
    similarity: float


def members(campaign: str, state: State, *, limit: int = MOST_AT_ONCE) -> Sequence[int]:
    """The ids of a campaign's comments in one state, the oldest first."""
    return db.session.scalars(
        select(Comment.id)
        .where(Comment.campaign == campaign, Comment.state == state)
        .order_by(Comment.id)
        .limit(limit)
    ).all()


def alike(found: TextPrint, *, besides: int | None = None) -> list[Alike]:
    """Comments with nearly this print. What it costs does not grow with the site: the newest of a band are compared."""
    keys = {f"band_{number}": band for number, band in enumerate(found.bands)}
    near = []
    for number, email, campaign, bins in db.session.connection().execute(_MEETING, keys):
        likeness = similarity(found.bins, bins)
        if likeness >= NEAR and number != besides:
            near.append(Alike(number, email, campaign, likeness))
    return near


def confirmed_spam(found: TextPrint, near: Iterable[Alike], *, besides: int | None = None) -> int:
    """How many comments, among those that are nearly the same, a person here has called spam; 24 of a campaign count.

    The oldest first: those that people have read are older than those that were refused outright.
    """
    near = list(near)
    keys = sorted({each.campaign for each in near if each.campaign}, key=_age)[:_MOST_CAMPAIGNS]
    lone = [each.comment_id for each in near if not each.campaign]
    rows = [row for key in keys for row in db.session.execute(_SPAM_OF_CAMPAIGN, {"key": key})]
    if lone:
        rows += db.session.execute(_SPAM_OF_IDS, {"ids": lone}).all()
    return sum(
        similarity(found.bins, row.bins) >= NEAR_ENOUGH_TO_REFUSE
        for row in rows
        if row.id != besides
    )


def join_campaign(comment: Comment) -> Sequence[Alike]:
    """Let a comment that is not stored yet be in the campaign that it belongs to, if any: so it is written once.

    `enrol_new` is to follow, with what is returned.
    """
    found = print_of(comment.body)
    if found is None:
        return ()
    db.session.flush()  # to which campaign another comment went is asked of columns
    near = alike(found)
    if near:
        comment.campaign = _name_for(near)
    return near


def enrol_new(comment: Comment, near: Sequence[Alike]) -> None:
    """Remember the print of a comment that was just stored; those that are nearly the same are in its campaign too."""
    found = print_of(comment.body)
    if found is None:
        return
    _add_print(comment, found)
    if comment.campaign is not None:
        _bring_together(near, comment.campaign)


def enrol_print(comment: Comment) -> None:
    """Remember the print of a comment that is stored, and let it join the campaign that it belongs to, if any."""
    found = print_of(comment.body)
    if found is None:
        return
    db.session.flush()  # to which campaign the comment before this one went is asked of columns
    near = alike(found, besides=comment.id)
    _add_print(comment, found)
    if near:
        comment.campaign = _name_for(near)
        _bring_together(near, comment.campaign)


def _add_print(comment: Comment, found: TextPrint) -> None:
    connection = db.session.connection()
    connection.execute(_ADD_PRINT, {"comment_id": comment.id, "bins": found.bins})
    bands = [{"band": band, "comment_id": comment.id} for band in dict.fromkeys(found.bands)]
    connection.execute(_ADD_BANDS, bands)


def forget_print(comment: Comment) -> None:
    """Take a comment out of its campaign, with its print."""
    comment.campaign = None
    db.session.execute(delete(Band).where(Band.comment_id == comment.id))
    db.session.execute(delete(Print).where(Print.comment_id == comment.id))


def _spam(which: ColumnElement[bool]) -> Select[int, bytes]:
    confirmed = select(Decision.id).where(
        Decision.comment_id == Comment.id,
        Decision.to_state == State.SPAM,
        Decision.undone_at.is_(None),
    )
    return (
        select(Comment.id, Print.bins)
        .join(Print, Print.comment_id == Comment.id)
        .where(which, Comment.state == State.SPAM, confirmed.exists())
        .order_by(Comment.id)
        .limit(_OLDEST_SPAM)
    )


def _name_for(near: Sequence[Alike]) -> str:
    """The name of the oldest campaign of these, or of a new one."""
    keys = {each.campaign for each in near if each.campaign}
    return min(keys, key=_age) if keys else f"c{min(each.comment_id for each in near)}"


def _bring_together(near: Sequence[Alike], name: str) -> None:
    """Those that are in no campaign, or in another, come into this one."""
    lone = [each.comment_id for each in near if each.campaign is None]
    if lone:
        _name(Comment.id.in_(lone), name)
    others = {each.campaign for each in near if each.campaign} - {name}
    if others:
        _name(Comment.campaign.in_(others), name)


def _age(campaign: str) -> int:
    return int(campaign[1:])


def _name(which: ColumnElement[bool], name: str) -> None:
    """Rows that someone decides on at this moment are skipped: the next comment of the campaign updates them."""
    ids = db.session.scalars(
        select(Comment.id)
        .where(which)
        .order_by(Comment.id)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    db.session.execute(
        update(Comment)
        .where(Comment.id.in_(ids))
        .values(campaign=name)
        .execution_options(synchronize_session="fetch")
    )


def _meeting() -> Any:
    """Made once, of columns: building it, and the detour for rows that are objects, cost more than asking it."""
    bands, prints, comments = Band.__table__.c, Print.__table__, Comment.__table__
    newest = [
        select(
            select(bands.comment_id)
            .where(bands.band == bindparam(f"band_{number}"))
            .order_by(bands.comment_id.desc())
            .limit(literal_column(str(_NEWEST_IN_BAND)))
            .subquery()
            .c.comment_id
        )
        for number in range(BANDS)
    ]
    met = union(*newest).subquery()
    return (
        select(comments.c.id, comments.c.email, comments.c.campaign, prints.c.bins)
        .join_from(comments, met, met.c.comment_id == comments.c.id)
        .join(prints, prints.c.comment_id == comments.c.id)
    )


_MEETING = _meeting()
_ADD_PRINT = insert(Print)
_ADD_BANDS = insert(Band)
_SPAM_OF_CAMPAIGN = _spam(Comment.campaign == bindparam("key"))
_SPAM_OF_IDS = _spam(Comment.id.in_(bindparam("ids", expanding=True)))
