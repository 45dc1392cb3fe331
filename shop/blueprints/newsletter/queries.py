"""Questions about subscribers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Select, func, select

from shop.blueprints.newsletter.models import NewsletterSubscriber, SignUp, SubscriberState
from shop.core.mail.mailboxes import normal_address
from shop.core.secrets import tokens
from shop.core.web.pagination import Page, newest_first
from shop.plugins.api import Gone, NotFound, db

PAGE_SIZE = 50
EXPORT_BATCH = 500
CONFIRM = "newsletter.confirm"
CONFIRM_SECONDS = 7 * 24 * 3600


def subscriber_to_confirm(signed: str, *, for_update: bool = False) -> NewsletterSubscriber:
    """Whom the link in our first message belongs to.

    Raises:
        Gone: the link is older than 7 days, or was used by someone who has left since.
        NotFound: it is none of ours.
    """
    token = tokens.unsign(CONFIRM, signed, max_age=CONFIRM_SECONDS)
    subscriber = _by_token(str(token), for_update=for_update)
    if subscriber is None or subscriber.state == SubscriberState.LEFT:
        raise Gone
    return subscriber


def subscriber_of_token(token: str, *, for_update: bool = False) -> NewsletterSubscriber:
    """Whom the link at the foot of an issue belongs to.

    Raises:
        NotFound: nobody, or nobody any more.
    """
    subscriber = _by_token(token, for_update=for_update)
    if subscriber is None:
        raise NotFound
    return subscriber


def _by_token(token: str, *, for_update: bool) -> NewsletterSubscriber | None:
    query = select(NewsletterSubscriber).where(NewsletterSubscriber.opened_by(token))
    return db.session.scalar(query.with_for_update() if for_update else query)


def subscribers(
    *, state: SubscriberState | None = None, search: str = "", after: str | None = None
) -> Page[NewsletterSubscriber]:
    """Newest first; `search` is part of an address."""
    query = select(NewsletterSubscriber)
    if state is not None:
        query = query.where(NewsletterSubscriber.state == state)
    if search:
        query = query.where(NewsletterSubscriber.email.contains(search.lower(), autoescape=True))
    return newest_first(query, NewsletterSubscriber.id, after=after, size=PAGE_SIZE)


def subscriber_counts() -> dict[SubscriberState, int]:
    """How many are in each state."""
    rows = db.session.execute(
        select(NewsletterSubscriber.state, func.count()).group_by(NewsletterSubscriber.state)
    )
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in SubscriberState}


def confirmed_in_order(after_id: int, limit: int) -> Select[NewsletterSubscriber]:
    """Statement for the next confirmed subscribers by id: for going through all of them in batches."""
    return (
        select(NewsletterSubscriber)
        .where(
            NewsletterSubscriber.state == SubscriberState.CONFIRMED,
            NewsletterSubscriber.id > after_id,
        )
        .order_by(NewsletterSubscriber.id)
        .limit(limit)
    )


def confirmed_among(ids: Collection[int]) -> Sequence[int]:
    """Which of these subscribers are confirmed now, by id."""
    return db.session.scalars(
        select(NewsletterSubscriber.id)
        .where(
            NewsletterSubscriber.id.in_(ids),
            NewsletterSubscriber.state == SubscriberState.CONFIRMED,
        )
        .order_by(NewsletterSubscriber.id)
    ).all()


def every_confirmed() -> Iterator[NewsletterSubscriber]:
    """All confirmed subscribers, read in batches, so that memory stays flat."""
    after_id = 0
    while batch := db.session.scalars(confirmed_in_order(after_id, EXPORT_BATCH)).all():
        after_id = batch[-1].id
        yield from batch
        db.session.expunge_all()


def subscriber_of(email: str) -> NewsletterSubscriber | None:
    """The subscriber of an address."""
    return db.session.scalar(
        select(NewsletterSubscriber).where(NewsletterSubscriber.email == normal_address(email))
    )


def sign_ups_of(email: str) -> list[SignUp]:
    """What was asked for an address and is not seen to yet."""
    return list(db.session.scalars(select(SignUp).where(SignUp.email == normal_address(email))))
