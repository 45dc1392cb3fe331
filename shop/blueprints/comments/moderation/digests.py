"""Mail to moderators about what waits: within a minute, by the hour or by the day, as each of them likes.

A mail tells of each waiting comment once. Its links show a page, and only the button on it decides, so that a program
that opens every link of a mail changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Row, Select, Update, select, update

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import may
from shop.blueprints.articles.models import Article
from shop.blueprints.comments import tallies
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.moderation import mail_links
from shop.blueprints.comments.moderation.models import Digest
from shop.blueprints.comments.reasons import reason_in_words
from shop.core import clock, mail
from shop.core.database import rows_changed
from shop.core.labels import LabelledEnum
from shop.core.web.pagination import beyond
from shop.core.web.security import absolute_url
from shop.plugins.api import MailKind, db

MOST_TOLD = 20
EXCERPT = 400

KIND = MailKind(
    name="comments-waiting",
    title=_l("Waiting comments, for moderators"),
    subject=_l("{{ site.name }}: new comments to review"),
    reason=_l(
        "You get this email because you asked for emails about waiting comments in the admin, "
        "under Comments, My emails."
    ),
)


class DigestPace(LabelledEnum):
    """How often a moderator wants to hear."""

    NEVER = "never", _l("Never")
    AT_ONCE = "at-once", _l("Immediately: within a minute, several in one email")
    HOURLY = "hourly", _l("Once an hour")
    DAILY = "daily", _l("Once a day")


EVERY = {
    DigestPace.AT_ONCE: timedelta(minutes=1),
    DigestPace.HOURLY: timedelta(hours=1),
    DigestPace.DAILY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A comment as a mail tells of it."""

    author_name: str
    title: str
    text: str
    reasons: Sequence[str]
    approve_url: str
    spam_url: str


def pace_of(account: Account) -> DigestPace:
    """What a moderator has chosen; never until they choose."""
    found = db.session.get(Digest, account.id)
    return DigestPace(found.pace) if found is not None else DigestPace.NEVER


def choose_pace(account: Account, pace: DigestPace) -> None:
    """Set how often a moderator gets an email. Comments that wait already are not reported."""
    found = db.session.get(Digest, account.id)
    now = clock.now()
    if found is None:
        db.session.add(
            Digest(account_id=account.id, pace=pace, told_at=now, told_id=0, sent_at=now)
        )
        return
    if found.pace == DigestPace.NEVER:
        found.told_at, found.told_id = now, 0
    found.pace = pace


def send_due() -> Callable[[], None]:
    """The periodic job: render a mail to each moderator for whom it is time and there is something new; what is
    returned queues them.
    """
    now = clock.now()
    prepared = []
    for pace, every in EVERY.items():
        due = select(Digest.account_id).where(Digest.pace == pace, Digest.sent_at <= now - every)
        for account_id in db.session.scalars(due).all():
            digest = db.session.get(Digest, account_id)
            account = db.session.get(Account, account_id)
            if digest and account and may(account, "comments.moderate"):
                prepared += _prepared(digest, account)
    return partial(_queue, prepared)


def _queue(prepared: Sequence[tuple[Update, mail.WrittenMail]]) -> None:
    for claim, written in prepared:
        if rows_changed(claim) == 1:  # else another process has just written to them
            mail.queue_written(written)


def _prepared(digest: Digest, account: Account) -> list[tuple[Update, mail.WrittenMail]]:
    """The mail to one moderator, if there is news, with what notes that they were written to."""
    rows = db.session.execute(_news(digest).limit(MOST_TOLD + 1)).all()
    if not rows:
        return []
    newest = db.session.execute(
        select(Comment.posted_at, Comment.id)
        .where(Comment.state == State.WAITING)
        .order_by(Comment.posted_at.desc(), Comment.id.desc())
        .limit(1)
    ).one()
    claim = (
        update(Digest)
        .where(Digest.account_id == account.id, Digest.sent_at == digest.sent_at)
        .values(told_at=newest.posted_at, told_id=newest.id, sent_at=clock.now())
    )
    written = mail.write(
        KIND.name,
        account.email,
        {
            "told": [_told(row, account) for row in rows[:MOST_TOLD]],
            "are_more": len(rows) > MOST_TOLD,
            "waiting": tallies.by_state()[State.WAITING],
            "queue_url": absolute_url("admin.comments.index"),
        },
    )
    return [(claim, written)]


def _news(digest: Digest) -> Select[*tuple[Any, ...]]:
    """Waiting comments that no mail has told about, in the queue's order."""
    columns = (
        Comment.id,
        Comment.version,
        Comment.author_name,
        Comment.body,
        Comment.evidence,
        Article.title,
    )
    order = [Comment.posted_at, Comment.id]
    told = [digest.told_at, digest.told_id]
    return (
        select(*columns)
        .join(Article, Article.id == Comment.article_id)
        .where(Comment.state == State.WAITING, beyond(order, told, descending=False))
        .order_by(*order)
    )


def _told(row: Row[*tuple[Any, ...]], account: Account) -> Told:
    token = mail_links.token_for(account, row.id, row.version)
    return Told(
        author_name=row.author_name,
        title=row.title,
        text=row.body if len(row.body) <= EXCERPT else f"{row.body[:EXCERPT]}…",
        reasons=[reason_in_words(each.get("reason", "")) for each in row.evidence],
        approve_url=absolute_url("comment_mail_links.show", verb="approve", token=token),
        spam_url=absolute_url("comment_mail_links.show", verb="spam", token=token),
    )
