"""Counts for links and domains the decisions from before these had a standing; the sender's were counted then.

The upgrade writes the first job, and each asks for the next. A lesson that says under which keys it counts has been
counted: doing it twice changes nothing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from shop.blueprints.comments.judging import standing
from shop.blueprints.comments.judging.models import Lesson
from shop.blueprints.comments.models import Comment
from shop.core.jobs import Lane
from shop.plugins.api import JobKind, db, enqueue

KIND = "comments.count_earlier_decisions"
"""As migration 0045 writes it."""
HANDFUL = 200


def count_next(payload: dict[str, Any]) -> None:
    """Count the decisions on the next comments; `after` is the last that was looked at."""
    after: int = payload.get("after", 0)
    lessons = db.session.scalars(
        select(Lesson)
        .where(Lesson.comment_id > after, Lesson.label != 0)
        .order_by(Lesson.comment_id)
        .limit(HANDFUL)
        .with_for_update()
    ).all()
    for lesson in lessons:
        if not lesson.counted_under:
            _count(lesson)
    if len(lessons) == HANDFUL:
        enqueue(KIND, {"after": lessons[-1].comment_id})


def _count(lesson: Lesson) -> None:
    comment = db.session.get_one(Comment, lesson.comment_id)
    keys = standing.keys_of(comment)
    new = sorted(set(keys) - set(standing.keys_of_sender(comment)))
    standing.count_decision(new, lesson.label, 1)
    lesson.counted_under = keys


JOBS = (JobKind(KIND, count_next, lane=Lane.SLOW),)
