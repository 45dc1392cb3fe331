"""Staff answer a comment from the queue: the comment is approved and the answer published, as one decision."""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup

from shop.blueprints.accounts.models import Account
from shop.blueprints.comments import decisions, services
from shop.blueprints.comments.decisions import Outcome
from shop.blueprints.comments.models import Comment, State
from shop.plugins.api import CommentDraft, Refused, db


def answer(
    comment: Comment, body: str, html: Markup, *, by: Account, version: int, edit_key: str
) -> Outcome:
    """Approve a comment if it is not, and publish an answer below it, even where comments are closed.

    Both are one batch: its undo lets both wait again, and nothing that was written is lost.

    Args:
        html: of `render_comment(body)`, made beforehand.
        version: the comment's, as it was seen.
        edit_key: what the answer's author is known by (`cookie.key_of_account`).

    Raises:
        Refused: someone has decided on the comment or changed it since it was seen.
    """
    require_unchanged(comment, version)
    draft = CommentDraft(
        article_id=comment.article_id,
        author=by.name,
        email=by.email,
        body=body,
        parent_id=comment.id,
        address_key="",
        network_key="",
        seconds_to_write=None,
        honeypot="",
    )
    written = services.store_answer(comment, draft, html, edit_key=edit_key)
    return decisions.decide_ids([comment.id, written.id], State.APPROVED, by=by)


def require_unchanged(comment: Comment, version: int) -> None:
    """Make sure that a comment still is what a moderator saw, and stays so until we are done.

    Raises:
        Refused: it is not.
    """
    db.session.refresh(comment, with_for_update=True)
    if comment.state == State.ERASED or comment.version != version:
        raise Refused(
            _("This comment has changed since you opened it. Read it again, then send your text.")
        )
