"""Asks about comments that came, and teaches what people decided."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from bookstall_akismet import service
from bookstall_akismet.service import Sample
from shop.plugins.api import (
    CommentDraft,
    CommentView,
    Evidence,
    article,
    comment,
    db,
    enqueue,
    now,
)

JOB = "akismet.teach"
PAUSE = timedelta(minutes=10)
"""For so long a decision may be undone without teaching anything."""


class Akismet:
    """A late `CommentCheck`. It holds what Akismet calls spam; a person decides."""

    name = "akismet"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence when Akismet calls it spam; nothing without a key."""
        if not service.has_key():
            return
        sample = Sample(
            body=draft.body,
            author=draft.author,
            email=draft.email,
            page=_address_of(draft.article_id),
            url=draft.url,
            is_reply=draft.parent_id is not None,
        )
        if service.is_spam(sample):
            yield Evidence(_l("Akismet calls it spam"), 5, holds=True)


def teach_later(comment_id: int) -> None:
    """Have Akismet told of a decision, should it still stand in ten minutes. Only inside a unit of work."""
    if service.has_key():
        enqueue(JOB, {"comment_id": comment_id}, run_at=now() + PAUSE)


def teach(payload: dict[str, Any]) -> None:
    """The job: tell Akismet where a person decided otherwise. Outside any unit of work."""
    decided = comment(payload["comment_id"])
    if decided is None or decided.is_staff or not service.has_key():
        return
    called_spam = Akismet.name in decided.found_by
    is_lesson = decided.state == ("approved" if called_spam else "spam")
    if not is_lesson:
        return
    sample = _sample(decided)
    db.session.rollback()
    service.teach(sample, is_spam=not called_spam)


def _sample(decided: CommentView) -> Sample:
    return Sample(
        body=decided.body,
        author=decided.author,
        email=decided.email,
        page=_address_of(decided.article_id),
        is_reply=decided.parent_id is not None,
    )


def _address_of(article_id: int) -> str:
    found = article(article_id)
    return found.url if found else ""
