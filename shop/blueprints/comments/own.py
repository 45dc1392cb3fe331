"""What authors do with their own comments: change them for ten minutes, take them back at any time."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from markupsafe import Markup

from shop.blueprints.comments import picks, queries, services, tallies
from shop.blueprints.comments.events import CommentApproved, CommentEdited, CommentWithdrawn
from shop.blueprints.comments.judging import Judgement
from shop.blueprints.comments.models import Comment, State
from shop.core import clock
from shop.core.errors import Refused
from shop.core.events import publish
from shop.extensions import db
from shop.plugins.types import CommentDraft

EDIT_FOR = timedelta(minutes=10)


def is_young(comment: Comment) -> bool:
    """Whether the time for changes has not run out."""
    return clock.now() - comment.posted_at < EDIT_FOR


def require_editable(comment: Comment) -> None:
    """Make sure that the author may still change the comment.

    Raises:
        Refused: more than ten minutes have gone by, or a person has decided against it.
    """
    if not is_young(comment):
        raise Refused(_("Ten minutes have gone by: this comment can't be changed any more."))
    if comment.state == State.REJECTED or (
        comment.state == State.SPAM and queries.was_decided(comment)
    ):
        raise Refused(_("A moderator has read this comment: it can't be changed any more."))


def edit(comment: Comment, draft: CommentDraft, judgement: Judgement, html: Markup) -> None:
    """Change the text, and judge it as if it were new: what readers see may have to wait again.

    Args:
        draft: the comment with its new text; `judgement` and `html` are of it, made beforehand as for `services.post`.

    Raises:
        Refused: it can't be changed any more.
    """
    db.session.refresh(comment, with_for_update=True)
    require_editable(comment)
    if comment.body == draft.body:
        return
    before = State(comment.state)
    if before is State.APPROVED:
        picks.drop([comment.id])
    comment.state = State.WAITING  # while it is judged, so that it does not vouch for itself
    db.session.flush()
    comment.body, comment.body_html = draft.body, str(html)
    comment.edited_at = clock.now()
    comment.version += 1
    comment.post_key = None
    services.settle(judgement, draft, comment)
    _moved(comment, before)
    publish(CommentEdited(comment_id=comment.id))
    if comment.is_visible and before is not State.APPROVED:
        publish(CommentApproved(comment_id=comment.id))


def withdraw(comment: Comment) -> None:
    """Take a comment back: its words, its name and its address go; answers stay below the empty place."""
    db.session.refresh(comment, with_for_update=True)
    before = State(comment.state)
    if before is State.ERASED:
        return
    if before is State.APPROVED:
        picks.drop([comment.id])
    services.blank(comment)
    _moved(comment, before)
    publish(CommentWithdrawn(comment_id=comment.id))


def _moved(comment: Comment, before: State) -> None:
    after = State(comment.state)
    if after is not before:
        tallies.note([(comment.article_id, before, after)])
    if State.APPROVED in (before, after):
        services.forget_pages(comment.article_id)
