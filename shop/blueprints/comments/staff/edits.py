"""Staff change the text of a comment. Readers see that they did; the author's own words are kept, and can come back."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select, update

from shop.blueprints.accounts.models import Account
from shop.blueprints.articles.models import Article
from shop.blueprints.comments import places
from shop.blueprints.comments.judging import campaigns
from shop.blueprints.comments.models import Comment, Decision, StaffEdit
from shop.blueprints.comments.staff.answers import require_unchanged
from shop.core import clock
from shop.core.errors import or_404
from shop.core.markdown import render_comment
from shop.core.web.pagination import Page, beyond, decode_cursor
from shop.plugins.api import Refused, db, publish
from shop.plugins.api.events import CommentEditedByStaff

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class EditEntry:
    """An edit with the comment's author and the title of its article. `can_be_undone`: nobody changed it since."""

    edit: StaffEdit
    author_name: str
    title: str
    can_be_undone: bool


def edit_text(
    comment: Comment, body: str, html: Markup, *, by: Account, version: int
) -> StaffEdit | None:
    """Give a comment another text, in whatever state it is; the same text changes nothing.

    What was decided on it stands, and can still be undone.

    Args:
        html: of `render_comment(body)`, made beforehand.
        version: the comment's, as it was seen.

    Raises:
        Refused: someone has decided on the comment or changed it since it was seen.
    """
    require_unchanged(comment, version)
    if body == comment.body:
        return None
    edit = StaffEdit(
        comment_id=comment.id,
        by_id=by.id,
        by_name=(by.name or by.email)[:80],
        edited_at=clock.now(),
        before=comment.body,
        after=body,
    )
    db.session.add(edit)
    _rewrite(comment, body, html)
    return edit


def undo_edit(edit: StaffEdit) -> Comment:
    """Set the text back to what it was before an edit.

    Raises:
        Refused: it was set back already, or changed again since.
    """
    comment = db.session.get_one(Comment, edit.comment_id, with_for_update=True)
    db.session.refresh(edit)
    if edit.undone_at is not None or comment.body != edit.after:
        raise Refused(_("The text of this comment has been changed again in the meantime."))
    edit.undone_at = clock.now()
    _rewrite(comment, edit.before, render_comment(edit.before))
    return comment


def edit_or_404(edit_id: int) -> StaffEdit:
    """One edit.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(StaffEdit, edit_id))


def edits(after: str | None = None, *, of: Comment | None = None) -> Page[EditEntry]:
    """Every edit, or those of one comment, newest first.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    query = (
        select(StaffEdit, Comment.author_name, Comment.body, Article.title)
        .join(Comment, Comment.id == StaffEdit.comment_id)
        .join(Article, Article.id == Comment.article_id)
    )
    if of is not None:
        query = query.where(StaffEdit.comment_id == of.id)
    if after:
        query = query.where(beyond([StaffEdit.id], decode_cursor(after, [int]), descending=True))
    rows = db.session.execute(query.order_by(StaffEdit.id.desc()).limit(PAGE_SIZE + 1))
    found = [
        EditEntry(edit, name, title, edit.undone_at is None and body == edit.after)
        for edit, name, body, title in rows
    ]
    return Page.of(found, PAGE_SIZE, lambda entry: [entry.edit.id])


def _rewrite(comment: Comment, body: str, html: Markup) -> None:
    """Whoever saw the text before has to look again; the decision on it moves along with the version."""
    original = comment.body if comment.original_body is None else comment.original_body
    seen = comment.version
    comment.body, comment.body_html = body, str(html)
    comment.original_body = None if body == original else original
    comment.version = seen + 1
    comment.post_key = None
    db.session.flush()
    db.session.execute(
        update(Decision)
        .where(Decision.comment_id == comment.id, Decision.version == seen)
        .values(version=seen + 1)
    )
    campaigns.forget_print(comment)
    campaigns.enrol_print(comment)
    if comment.is_visible:
        places.forget_pages(comment.article_id)
    publish(CommentEditedByStaff(comment_id=comment.id))
