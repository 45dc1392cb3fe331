"""What happens to comments."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import or_, select

from shop.blueprints.comments import places, queries, tallies
from shop.blueprints.comments.judging import campaigns, late, policy
from shop.blueprints.comments.judging.learning import lessons
from shop.blueprints.comments.judging.panel import Judgement
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.places import forget_pages
from shop.core import clock, text
from shop.core.database.new_rows import store_now
from shop.core.mail.mailboxes import normal_address
from shop.core.markdown import render_comment
from shop.core.secrets import tokens
from shop.plugins.api import CommentDraft, Refused, db, publish
from shop.plugins.api.events import CommentApproved, CommentPosted

SAME_POST_WINDOW = timedelta(minutes=10)
NAME_LENGTH = 80
EMAIL_LENGTH = 320
URL_LENGTH = 300


class Closed(Refused):
    """Nobody may comment on this article any more."""


def post(
    draft: CommentDraft,
    judgement: Judgement,
    html: Markup,
    *,
    is_staff: bool = False,
    edit_key: str = "",
) -> Comment:
    """Store a comment; the very same one within ten minutes is the one that is there.

    Args:
        judgement: of `judging.panel.judge(draft)`.
        html: of `render_comment(draft.body)`. Both are made beforehand, because they take longer than a unit may.
        edit_key: what its author is known by (`cookie.key_for_new`).

    Raises:
        Closed: the article does not take comments.
        Refused: the comment that it answers is not there (`field` is parent), or it is full of links (body).
    """
    policy.require_few_links(draft)
    if not queries.is_open_now(draft.article_id):
        raise Closed(_("Comments on this article are closed."))
    top = _top_of_thread(draft)
    comment = _written(draft, html, is_staff=is_staff, edit_key=edit_key)
    otherwise = apply_judgement(judgement, draft, comment)
    places.put_in_thread(comment, top)
    earlier = _store_once(comment)
    if earlier is not None:
        return earlier
    late.ask(comment, otherwise)
    if comment.is_visible:
        publish(CommentApproved(comment_id=comment.id))
        forget_pages(comment.article_id)
    return comment


def store_answer(answered: Comment, draft: CommentDraft, html: Markup, *, edit_key: str) -> Comment:
    """Store what staff answer, in the thread of what they answer; it waits until it is approved (`decisions`).

    The very same answer within ten minutes is the one that is there.
    """
    comment = _written(draft, html, is_staff=True, edit_key=edit_key)
    places.put_in_thread(comment, answered if answered.parent_id is None else _parent_of(answered))
    return _store_once(comment) or comment


def apply_judgement(judgement: Judgement, draft: CommentDraft, comment: Comment) -> State:
    """Let a comment be what it was judged to be, when it is new and again when its author changed it.

    Where checks are asked later, it waits for them; returns where it would be without them, for `late.ask`.
    """
    so_far = late.awaiting_late(judgement)
    otherwise = policy.first_state(draft, judgement)
    comment.evidence = so_far.as_rows()
    comment.score = judgement.score
    comment.state = otherwise if so_far is judgement else State.WAITING
    if comment.id is not None:
        campaigns.forget_print(comment)
        campaigns.enrol_print(comment)
    return otherwise


def import_comment(
    *,
    import_key: str,
    article_id: int,
    author_name: str,
    email: str,
    body: str,
    posted_at: datetime,
    state: State | str,
    parent: Comment | None = None,
    is_staff: bool = False,
    edited_at: datetime | None = None,
    original_body: str | None = None,
    helpful: int = 0,
    author_url: str = "",
    pinned_at: datetime | None = None,
    highlighted_at: datetime | None = None,
    highlighted_by: str = "",
    teaches: bool = False,
) -> tuple[Comment, bool]:
    """Take a comment over from elsewhere as it was there; returns it, and whether it is new.

    A known `import_key` changes nothing, even when the comment was moderated or erased here since. `body` is Markdown.
    A reply, at whatever depth, joins the thread of `parent` if that is below the same article; of an erased comment
    only its place comes in. A pinned one is pinned here, unless another is below its article. No fact is published:
    nobody just wrote this. `author_url` is never shown; it counts when the comment is judged. With `teaches` its state
    is a lesson, as a decision here would be.

    Raises:
        Refused: the text is longer than 10,000 characters or empty.
        ValueError: there is no such state.
    """
    known = db.session.scalar(select(Comment).where(Comment.import_key == import_key))
    if known is not None:
        return known, False
    cleaned = text.clean_block(body)
    if not cleaned and state != State.ERASED:
        raise Refused(_("The comment is empty."), field="body")
    comment = Comment(
        article_id=article_id,
        author_name=text.clean_line(author_name)[:NAME_LENGTH] or _("Anonymous"),
        email=normal_address(text.clean_line(email))[:EMAIL_LENGTH],
        body=cleaned,
        body_html=str(render_comment(cleaned)),
        is_staff=is_staff,
        state=State(state),
        posted_at=posted_at,
        edited_at=edited_at,
        original_body=text.clean_block(original_body) if original_body else None,
        helpful=helpful,
        import_key=import_key,
        author_url=text.clean_line(author_url)[:URL_LENGTH],
        highlighted_at=highlighted_at,
        highlighted_by=text.clean_line(highlighted_by)[:NAME_LENGTH],
    )
    if parent is not None and parent.article_id == article_id:
        places.put_in_thread(comment, parent if parent.parent_id is None else _parent_of(parent))
    else:
        places.put_in_thread(comment, None)
        if pinned_at is not None and not places.has_pinned(article_id):
            comment.pinned_at = pinned_at
            comment.thread_rank = comment.thread_start = places.PINNED_RANK
    if state == State.ERASED:
        comment.author_name = comment.email = comment.body = comment.body_html = ""
        comment.author_url, comment.original_body = "", None
    db.session.add(comment)
    db.session.flush()
    campaigns.enrol_print(comment)
    tallies.add_changes([(article_id, None, State(state))])
    if teaches:
        lessons.take_lesson(comment.id)
    if comment.is_visible:
        forget_pages(article_id)
    return comment, True


def has_comments(article_id: int) -> bool:
    """Whether anything was written below an article or a page, in whatever state."""
    return (
        db.session.scalar(select(Comment.id).where(Comment.article_id == article_id).limit(1))
        is not None
    )


def forget_imported(comment_id: int) -> None:
    """Delete a comment that an import brought, as if it had never come. Answers that were written here go with it."""
    for comment in _with_answers(comment_id):
        tallies.add_changes([(comment.article_id, State(comment.state), None)])
        forget_pages(comment.article_id)
        db.session.delete(comment)
    db.session.flush()


def _with_answers(comment_id: int) -> list[Comment]:
    """A comment after everything that answers it."""
    is_of_it = or_(Comment.id == comment_id, Comment.parent_id == comment_id)
    return list(db.session.scalars(select(Comment).where(is_of_it).order_by(Comment.id.desc())))


def _written(draft: CommentDraft, html: Markup, *, is_staff: bool, edit_key: str) -> Comment:
    return Comment(
        article_id=draft.article_id,
        author_name=draft.author,
        email=normal_address(draft.email),
        body=draft.body,
        body_html=str(html),
        is_staff=is_staff,
        state=State.WAITING,
        posted_at=clock.now(),
        address_key=draft.address_key,
        network_key=draft.network_key,
        post_key=_post_key(draft),
        edit_key=edit_key,
    )


def _top_of_thread(draft: CommentDraft) -> Comment | None:
    if draft.parent_id is None:
        return None
    answered = db.session.get(Comment, draft.parent_id)
    if answered is None or answered.article_id != draft.article_id or not answered.is_visible:
        raise Refused(_("The comment that you are replying to no longer exists."), field="parent")
    return answered if answered.parent_id is None else _parent_of(answered)


def _parent_of(comment: Comment) -> Comment | None:
    return db.session.get(Comment, comment.parent_id)


def _post_key(draft: CommentDraft) -> str:
    same = [
        draft.article_id,
        draft.parent_id,
        draft.author,
        normal_address(draft.email),
        draft.body,
    ]
    return tokens.fingerprint("comment-post", json.dumps(same))


def _store_once(comment: Comment) -> Comment | None:
    """Store the comment and tell of it, or return the one that holds its `post_key`: a double click, perhaps at this
    very moment.
    """
    earlier = queries.comment_of_post(comment.post_key)
    if earlier is not None:
        if earlier.posted_at >= comment.posted_at - SAME_POST_WINDOW:
            return earlier
        earlier.post_key = None
    near = campaigns.join_campaign(comment)
    store_now(comment)
    campaigns.enrol_new(comment, near)
    tallies.add_changes([(comment.article_id, None, State(comment.state))])
    publish(CommentPosted(comment_id=comment.id))
    return None
