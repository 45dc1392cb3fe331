"""What moderators did other than deciding, for the log."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select, update

from shop.blueprints.accounts.models import Account
from shop.blueprints.comments.moderation.models import Act
from shop.core import clock
from shop.core.web.pagination import Page, newest_first
from shop.plugins.api import db

PAGE_SIZE = 50
ON_COMMENTS = ("pinned", "unpinned", "highlighted", "unhighlighted")
"""Verbs whose subject is the name of a commenter."""


def record(verb: str, subject: str, by: Account | None) -> None:
    """Write down what someone did, and to what."""
    name = (by.name or by.email)[:80] if by else ""
    db.session.add(
        Act(
            verb=verb,
            subject=subject[:320],
            by_id=by.id if by else None,
            by_name=name,
            done_at=clock.now(),
        )
    )


def forget_author(name: str) -> None:
    """Take a commenter's name out of the log; that of a namesake goes with it."""
    db.session.execute(
        update(Act).where(Act.verb.in_(ON_COMMENTS), Act.subject == name).values(subject="")
    )


def acts(after: str | None = None) -> Page[Act]:
    """What was done, newest first.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    query = select(Act)
    return newest_first(query, Act.id, after=after, size=PAGE_SIZE)


def in_words() -> dict[str, str]:
    """The verbs as moderators read them."""
    return {
        "pinned": _("Pinned"),
        "unpinned": _("Unpinned"),
        "highlighted": _("Highlighted"),
        "unhighlighted": _("Removed a highlight"),
        "closed": _("Closed comments"),
        "opened": _("Opened comments"),
        "muted": _("Muted"),
        "unmuted": _("Ended a mute"),
    }
