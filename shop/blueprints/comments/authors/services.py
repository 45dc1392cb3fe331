"""What authors do with their own comments: change them for ten minutes, take them back at any time."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import delete, select

from shop.blueprints.comments import places, queries, services, tallies
from shop.blueprints.comments.judging import campaigns, late
from shop.blueprints.comments.judging.learning import lessons
from shop.blueprints.comments.judging.panel import Judgement
from shop.blueprints.comments.judging.rescans import rescan
from shop.blueprints.comments.models import Comment, StaffEdit, State
from shop.blueprints.comments.moderation import activity
from shop.blueprints.comments.reading.models import HelpfulMark
from shop.blueprints.comments.replies.models import ReplyWatch
from shop.core import clock
from shop.core.mail.mailboxes import normal_address
from shop.plugins.api import CommentDraft, Refused, db, publish
from shop.plugins.api.events import CommentApproved, CommentEdited, CommentWithdrawn

EDIT_FOR = timedelta(minutes=10)


def is_young(comment: Comment) -> bool:
    """Whether the time for changes has not run out."""
    return clock.now() - comment.posted_at < EDIT_FOR


def require_editable(comment: Comment) -> None:
    """Make sure that the author may still change the comment.

    Raises:
        Refused: more than ten minutes have gone by, a person has decided against it, or it was taken back.
    """
    if comment.state == State.ERASED:
        raise Refused(_("This comment was deleted."))
    if not is_young(comment):
        raise Refused(_("You can change a comment for ten minutes. That time is over."))
    if comment.state == State.REJECTED or (
        comment.state == State.SPAM and queries.was_decided(comment)
    ):
        raise Refused(
            _("A moderator has already read this comment, so you can’t change it any more.")
        )


def edit_own(comment: Comment, draft: CommentDraft, judgement: Judgement, html: Markup) -> None:
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
        places.unmark([comment.id])
    comment.state = State.WAITING  # while it is judged, so that it does not vouch for itself
    db.session.flush()
    comment.body, comment.body_html, comment.original_body = draft.body, str(html), None
    comment.edited_at = clock.now()
    comment.version += 1
    comment.post_key = None
    sent = judgement.since_sent(comment.evidence)
    late.ask(comment, services.apply_judgement(sent, draft, comment))
    _moved(comment, before)
    publish(CommentEdited(comment_id=comment.id))
    if comment.is_visible and before is not State.APPROVED:
        publish(CommentApproved(comment_id=comment.id))


def draft_with(comment: Comment, body: str) -> CommentDraft:
    """A stored comment with another text, to be judged again."""
    return CommentDraft(
        article_id=comment.article_id,
        author=comment.author_name,
        email=comment.email,
        body=body,
        parent_id=comment.parent_id,
        address_key=comment.address_key,
        network_key=comment.network_key,
        seconds_to_write=None,
        honeypot="",
        comment_id=comment.id,
    )


def withdraw_own(comment: Comment) -> None:
    """Take a comment back: its words, its name and its address go; answers stay below the empty place."""
    db.session.refresh(comment, with_for_update=True)
    if comment.state == State.ERASED:
        return
    _blank(comment)
    publish(CommentWithdrawn(comment_id=comment.id))


def erase(email: str) -> None:
    """Take away everything that one person wrote; replies of others stay below the empty place."""
    theirs = select(Comment).where(
        Comment.email == normal_address(email), Comment.state != State.ERASED
    )
    for comment in db.session.scalars(theirs.order_by(Comment.id).with_for_update()).all():
        _blank(comment)


def _blank(comment: Comment) -> None:
    """Leave nothing of a comment but its place: not in what was learnt, found or written down about it either."""
    before = State(comment.state)
    places.unmark([comment.id])
    lessons.unlearn(comment)
    campaigns.forget_print(comment)
    rescan.forget_findings(comment.id)
    activity.forget_author(comment.author_name)
    comment.state = State.ERASED
    comment.version += 1
    comment.author_name = comment.email = comment.body = comment.body_html = ""
    comment.address_key = comment.network_key = comment.edit_key = ""
    comment.post_key, comment.evidence, comment.is_staff = None, [], False
    comment.author_url, comment.score = "", 0
    comment.helpful, comment.edited_at, comment.original_body = 0, None, None
    db.session.execute(delete(StaffEdit).where(StaffEdit.comment_id == comment.id))
    db.session.execute(delete(ReplyWatch).where(ReplyWatch.comment_id == comment.id))
    db.session.execute(delete(HelpfulMark).where(HelpfulMark.comment_id == comment.id))
    _moved(comment, before)


def _moved(comment: Comment, before: State) -> None:
    after = State(comment.state)
    if after is not before:
        tallies.add_changes([(comment.article_id, before, after)])
    if State.APPROVED in (before, after):
        places.forget_pages(comment.article_id)
