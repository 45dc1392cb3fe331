"""Mail to those who wait for answers.

Ticking the box asks; the owner of the address says yes by a button behind a link in one mail (double opt-in). That
mail goes out when the comment is approved and not before, so that a stranger who types an address into a form makes us
mail nobody. From then on each approved answer in the thread is told about once, never to whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import aliased

from shop.blueprints.articles.models import Article
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.replies.models import ReplyWatch, WatchState
from shop.core import clock, jobs, mail
from shop.core.database import rows_changed
from shop.core.errors import or_404
from shop.core.mail import unsubscribe
from shop.core.mail.mailboxes import normal_address
from shop.core.mail.turns import has_turn, take_turn
from shop.core.secrets import tokens
from shop.core.text import excerpt
from shop.core.web.security import absolute_url
from shop.plugins.api import Gone, JobKind, OutOfDate, db
from shop.plugins.api.events import CommentApproved

CONFIRM = "comments.answers"
CONFIRM_SECONDS = 7 * 24 * 3600
ASK_EVERY = timedelta(hours=24)
PENDING_FOR = timedelta(days=30)
LEFT_FOR = timedelta(days=365)
MOST_TOLD = 100
"""Of one answer; in a thread where more people wait, those who wrote last are told, and who began it."""


def watch_replies(comment: Comment, *, is_verified: bool) -> None:
    """Ask for answers to a comment by mail.

    `is_verified`: the sender is signed in with this address. Otherwise the address counts as confirmed only for the
    browser whose comments it has confirmed before.
    """
    if db.session.get(ReplyWatch, comment.id) is not None:
        return
    is_known = is_verified or _said_yes_before(comment)
    db.session.add(
        ReplyWatch(
            comment_id=comment.id,
            thread_id=comment.parent_id or comment.id,
            email=comment.email,
            state=WatchState.CONFIRMED if is_known else WatchState.PENDING,
            asked_at=clock.now(),
            confirmed_at=clock.now() if is_known else None,
        )
    )


def _said_yes_before(comment: Comment) -> bool:
    earlier = (
        select(ReplyWatch.comment_id)
        .join(Comment, Comment.id == ReplyWatch.comment_id)
        .where(
            ReplyWatch.email == comment.email,
            ReplyWatch.state == WatchState.CONFIRMED,
            Comment.edit_key == comment.edit_key,
            Comment.edit_key != "",
        )
    )
    return db.session.scalar(earlier.limit(1)) is not None


def see_to_approved(event: CommentApproved) -> Callable[[], None] | None:
    """A comment can be seen now: ask its author whether answers are wanted, and tell those who wait for it."""
    comment = db.session.get(Comment, event.comment_id)
    if comment is None or not comment.is_visible:
        return None
    pending = _pending(comment)
    is_to_be_asked = pending is not None and has_turn(CONFIRM, pending.email)
    question = _question(pending, comment) if pending and is_to_be_asked else None
    return partial(_see_to, comment.id, question)


def _see_to(comment_id: int, question: mail.WrittenMail | None) -> None:
    comment = db.session.get(Comment, comment_id)
    if comment is None or not comment.is_visible:
        return
    pending = _pending(comment)
    if pending is not None:
        _ask_owner(pending, question)
    if comment.parent_id is not None and _is_first_telling(comment):
        for watch_id in _waiting_for(comment):
            jobs.enqueue(TELL.name, {"comment_id": comment.id, "watch_id": watch_id})


def _pending(comment: Comment) -> ReplyWatch | None:
    watched = db.session.get(ReplyWatch, comment.id)
    return watched if watched is not None and watched.state == WatchState.PENDING else None


def _question(pending: ReplyWatch, comment: Comment) -> mail.WrittenMail:
    return mail.write(
        "comment-answers-confirmation",
        pending.email,
        {
            "title": _title(comment),
            "link": absolute_url(
                "comments.answers_confirmation", token=tokens.sign(CONFIRM, pending.token)
            ),
        },
        headers=unsubscribe.headers(leaving_address(pending)),
    )


def _ask_owner(pending: ReplyWatch, question: mail.WrittenMail | None) -> None:
    """One mail a day to a mailbox, however many comments have an address of it."""
    if not take_turn(CONFIRM, pending.email, every=ASK_EVERY):
        return
    if question is None or question.recipient != pending.email:
        raise OutOfDate
    pending.confirmation_sent_at = clock.now()
    mail.queue_written(question)


def _is_first_telling(comment: Comment) -> bool:
    told = rows_changed(
        update(Comment)
        .where(Comment.id == comment.id, Comment.told_at.is_(None))
        .values(told_at=clock.now())
    )
    return told == 1


def _waiting_for(answer: Comment) -> list[int]:
    """Whose comments in the thread are seen, whose address said yes, and who is not the one who answers."""
    found = db.session.execute(
        select(ReplyWatch.comment_id, ReplyWatch.email)
        .join(Comment, Comment.id == ReplyWatch.comment_id)
        .where(
            ReplyWatch.thread_id == answer.parent_id,
            ReplyWatch.state == WatchState.CONFIRMED,
            Comment.state == State.APPROVED,
            ReplyWatch.email != answer.email,
            or_(Comment.edit_key != answer.edit_key, Comment.edit_key == ""),
        )
        .order_by(Comment.parent_id.is_not(None), Comment.id.desc())
        .limit(MOST_TOLD * 3)  # some have several comments in the thread
    )
    one_each: dict[str, int] = {}
    for comment_id, email in found:
        one_each.setdefault(email, comment_id)
    return list(one_each.values())[:MOST_TOLD]


def mail_reply(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: one mail about one answer, unless something changed since."""
    wanted = _answer_to_tell(payload)
    return partial(_tell, payload, _news(*wanted)) if wanted is not None else None


def _tell(payload: dict[str, Any], news: mail.WrittenMail) -> None:
    if _answer_to_tell(payload) is not None:
        mail.queue_written(news)


def _answer_to_tell(payload: dict[str, Any]) -> tuple[Comment, ReplyWatch] | None:
    answer = db.session.get(Comment, payload["comment_id"])
    watched = db.session.get(ReplyWatch, payload["watch_id"])
    if answer is None or not answer.is_visible:
        return None
    if watched is None or watched.state != WatchState.CONFIRMED:
        return None
    return answer, watched


def _news(answer: Comment, watched: ReplyWatch) -> mail.WrittenMail:
    return mail.write(
        "comment-answer",
        watched.email,
        {
            "name": answer.author_name,
            "title": _title(answer),
            "words": excerpt(answer.body, 300),
            "link": absolute_url("comments.show", comment_id=answer.id),
            "unsubscribe_url": leaving_address(watched),
        },
        headers=unsubscribe.headers(leaving_address(watched)),
    )


TELL = JobKind(name="comments.tell_of_answer", handle=mail_reply, in_transaction=False)


def _title(comment: Comment) -> str:
    return db.session.scalars(select(Article.title).where(Article.id == comment.article_id)).one()


def leaving_address(watched: ReplyWatch) -> str:
    """The address of the page for leaving."""
    return absolute_url("comments.answers_leaving", token=watched.token)


def watch_to_confirm(token: str) -> ReplyWatch:
    """What the link in our mail is about.

    Raises:
        Gone: it has expired, was left since, or its comment is gone.
        NotFound: it was never ours.
    """
    stored = tokens.unsign(CONFIRM, token, max_age=CONFIRM_SECONDS)
    found = db.session.scalar(select(ReplyWatch).where(ReplyWatch.opened_by(stored)))
    if found is None or found.state == WatchState.LEFT:
        raise Gone
    return found


def watch_of_token(token: str) -> ReplyWatch:
    """What the link for leaving is about.

    Raises:
        NotFound: nobody has this token, or not any more.
    """
    return or_404(db.session.scalar(select(ReplyWatch).where(ReplyWatch.opened_by(token))))


def titles_waiting(email: str) -> list[str]:
    """The articles below which an address waits to be asked."""
    answered = aliased(Comment)
    return list(
        db.session.scalars(
            select(Article.title)
            .join(answered, answered.article_id == Article.id)
            .join(ReplyWatch, ReplyWatch.comment_id == answered.id)
            .where(ReplyWatch.email == email, ReplyWatch.state == WatchState.PENDING)
            .distinct()
            .order_by(Article.title)
        )
    )


def confirm_watches(asked: ReplyWatch) -> None:
    """Mail answers to everything that this address asked for. Confirming twice changes nothing."""
    db.session.execute(
        update(ReplyWatch)
        .where(ReplyWatch.email == asked.email, ReplyWatch.state == WatchState.PENDING)
        .values(state=WatchState.CONFIRMED, confirmed_at=clock.now())
    )


def leave_watches(watched: ReplyWatch) -> None:
    """Mail no more answers to this address, whatever it wrote. Leaving twice changes nothing."""
    db.session.execute(
        update(ReplyWatch)
        .where(ReplyWatch.email == watched.email, ReplyWatch.state != WatchState.LEFT)
        .values(state=WatchState.LEFT)
    )


def forget_old_watches() -> None:
    """Forget addresses that did not answer, and those that left long ago."""
    now = clock.now()
    for state, kept in ((WatchState.PENDING, PENDING_FOR), (WatchState.LEFT, LEFT_FOR)):
        db.session.execute(
            delete(ReplyWatch).where(ReplyWatch.state == state, ReplyWatch.asked_at < now - kept)
        )


def watches_of(email: str) -> list[ReplyWatch]:
    """What an address asked for."""
    return list(
        db.session.scalars(
            select(ReplyWatch)
            .where(ReplyWatch.email == normal_address(email))
            .order_by(ReplyWatch.comment_id)
        )
    )
