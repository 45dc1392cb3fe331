"""How many comments there are, kept as a sum of changes so that no page ever counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    delete,
    func,
    insert,
    null,
    select,
    text,
)

from shop.blueprints.comments.models import Comment, State, Tally
from shop.plugins.api import db

_ADD = insert(Tally)


def add_changes(changes: Iterable[tuple[int, State | None, State | None]]) -> None:
    """Count comments that came, went or changed state: (article id, state before, state after); None is for "not
    there"."""
    sums: Counter[tuple[int | None, State]] = Counter()
    for article_id, before, after in changes:
        for state, amount in ((before, -1), (after, 1)):
            if state is None or state is State.ERASED:
                continue
            sums[None, state] += amount
            if state is State.APPROVED:
                sums[article_id, state] += amount
    rows = [
        {"article_id": article_id, "state": state, "amount": amount}
        for (article_id, state), amount in sums.items()
        if amount
    ]
    if rows:
        # Not by the session, whose detour for rows that are objects costs more than the rows.
        db.session.connection().execute(_ADD, rows)


def by_state() -> Mapping[State, int]:
    """How many comments the site has in each state."""
    rows = db.session.execute(
        select(Tally.state, func.sum(Tally.amount))
        .where(Tally.article_id.is_(None))
        .group_by(Tally.state)
    )
    found = {State(state): int(amount) for state, amount in rows}
    return {state: found.get(state, 0) for state in State if state is not State.ERASED}


def number_in(state: State) -> Select[int]:
    """How many comments the site has in one state, to be asked together with others."""
    return select(func.coalesce(func.sum(Tally.amount), 0)).where(
        Tally.article_id.is_(None), Tally.state == state
    )


def approved_below(article_id: int | BindParameter[int]) -> ScalarSelect[int]:
    """How many readers see below an article, to be asked inside another query."""
    return (
        select(func.coalesce(func.sum(Tally.amount), 0))
        .where(Tally.article_id == article_id, Tally.state == State.APPROVED)
        .scalar_subquery()
    )


def merge_changes() -> None:
    """Replace many changes by their sums."""
    _fold(Tally.article_id.is_(None))
    crowded = (
        select(Tally.article_id)
        .where(Tally.article_id.is_not(None))
        .group_by(Tally.article_id)
        .having(func.count() > 1)
    )
    for article_id in db.session.scalars(crowded).all():
        _fold(Tally.article_id == article_id)


def _fold(which: ColumnElement[bool]) -> None:
    rows = db.session.execute(
        delete(Tally).where(which).returning(Tally.article_id, Tally.state, Tally.amount)
    ).all()
    sums: dict[tuple[int | None, str], int] = {}
    for article_id, state, amount in rows:
        sums[article_id, state] = sums.get((article_id, state), 0) + amount
    if sums:
        db.session.connection().execute(
            _ADD,
            [
                {"article_id": article_id, "state": state, "amount": amount}
                for (article_id, state), amount in sums.items()
            ],
        )


def recount() -> None:
    """Count everything again; for repair, and after an article went with its comments."""
    if db.engine.dialect.name == "postgresql":
        # Whoever is about to note a change waits, or it would be counted twice.
        db.session.execute(text("LOCK TABLE comment_tally IN SHARE ROW EXCLUSIVE MODE"))
    db.session.execute(delete(Tally))
    of_site = select(null(), Comment.state, func.count()).group_by(Comment.state)
    of_articles = (
        select(Comment.article_id, Comment.state, func.count())
        .where(Comment.state == State.APPROVED)
        .group_by(Comment.article_id, Comment.state)
    )
    columns = ["article_id", "state", "amount"]
    for counted in (of_site.where(Comment.state != State.ERASED), of_articles):
        db.session.execute(insert(Tally).from_select(columns, counted))
