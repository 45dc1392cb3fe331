"""What happens to subscribers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, select, update

from shop.blueprints.newsletter import queries
from shop.blueprints.newsletter.models import NewsletterSubscriber, SignUp, SubscriberState
from shop.core import clock, mail
from shop.core.database import rows_changed, upsert
from shop.core.database.new_rows import store_now
from shop.core.mail import unsubscribe
from shop.core.mail.mailboxes import normal_address
from shop.core.mail.turns import give_turn_back, has_turn, take_turn
from shop.core.secrets import tokens
from shop.core.web.security import absolute_url
from shop.plugins.api import Gone, OutOfDate, db, publish
from shop.plugins.api.events import (
    SubscriberConfirmed,
    SubscriberLeft,
    SubscriptionAsked,
)

CONFIRMATION = "newsletter.confirmation"
CONFIRMATION_EVERY = timedelta(hours=24)
PENDING_FOR = timedelta(seconds=queries.CONFIRM_SECONDS)
LEFT_FOR = timedelta(days=365)
UNDO_WITHIN = timedelta(hours=24)


def subscribe(*, email: str, asked_on: str, address_key: str) -> None:
    """Note that someone wants the newsletter at an address.

    Nothing is looked up here: the work, and so the time, is the same whether the address is known or not.
    """
    sign_up = SignUp(
        email=normal_address(email),
        asked_on=asked_on[:200],
        address_key=address_key,
        asked_at=clock.now(),
    )
    store_now(sign_up)
    publish(SubscriptionAsked(sign_up_id=sign_up.id))


def see_to_sign_up(event: SubscriptionAsked) -> Callable[[], None] | None:
    """Render the message with the link, unless the address is confirmed already or its mailbox got one within a day;
    what is returned queues it.
    """
    sign_up = db.session.get(SignUp, event.sign_up_id)
    if sign_up is None:
        return None
    known = db.session.scalar(
        select(NewsletterSubscriber).where(NewsletterSubscriber.email == sign_up.email)
    )
    link_key = known.link_key if known else tokens.random_token()
    is_wanted = not (known and known.is_confirmed) and has_turn(CONFIRMATION, sign_up.email)
    question = _question(sign_up.email, link_key) if is_wanted else None
    return partial(_see_to, sign_up.id, link_key, question)


def _see_to(sign_up_id: int, link_key: str, question: mail.WrittenMail | None) -> None:
    sign_up = db.session.get(SignUp, sign_up_id)
    if sign_up is None:
        return
    subscriber = _subscriber_for(sign_up, link_key)
    if not subscriber.is_confirmed and take_turn(
        CONFIRMATION, sign_up.email, every=CONFIRMATION_EVERY
    ):
        if question is None or subscriber.link_key != link_key:
            raise OutOfDate
        _note_question(subscriber, sign_up)
        mail.queue_written(question)
    db.session.delete(sign_up)


def _subscriber_for(sign_up: SignUp, link_key: str) -> NewsletterSubscriber:
    # Two sign-ups for one address may be handled at once: the row is made once and then locked.
    db.session.execute(
        upsert(NewsletterSubscriber)
        .values(
            email=sign_up.email,
            link_key=link_key,
            state=SubscriberState.PENDING,
            asked_on=sign_up.asked_on,
            asked_at=sign_up.asked_at,
            address_key=sign_up.address_key,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["email"])
    )
    return db.session.scalars(
        select(NewsletterSubscriber)
        .where(NewsletterSubscriber.email == sign_up.email)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _note_question(subscriber: NewsletterSubscriber, sign_up: SignUp) -> None:
    subscriber.state = SubscriberState.PENDING
    subscriber.asked_on = sign_up.asked_on
    subscriber.asked_at = sign_up.asked_at
    subscriber.address_key = sign_up.address_key
    subscriber.confirmation_sent_at = clock.now()


def _question(email: str, link_key: str) -> mail.WrittenMail:
    token = NewsletterSubscriber.token_of(link_key)
    signed = tokens.sign(queries.CONFIRM, token)
    return mail.write(
        "newsletter-confirmation",
        email,
        {"link": absolute_url("newsletter.confirmation", token=signed)},
        headers=unsubscribe.headers(_leaving_address(token)),
    )


def unsubscribe_address(subscriber: NewsletterSubscriber) -> str:
    """The address of the page for leaving."""
    return _leaving_address(subscriber.token)


def _leaving_address(token: str) -> str:
    return absolute_url("newsletter.leaving", token=token)


def confirm_subscription(subscriber: NewsletterSubscriber, *, address_key: str) -> None:
    """Send the newsletter from now on. Confirming twice changes nothing."""
    if not subscriber.is_pending:
        return
    _let_in(subscriber, address_key)


def end_subscription(subscriber: NewsletterSubscriber) -> None:
    """Stop the newsletter. Leaving twice changes nothing."""
    if subscriber.state == SubscriberState.LEFT:
        return
    subscriber.state = SubscriberState.LEFT
    subscriber.left_at = clock.now()
    publish(SubscriberLeft(subscriber_id=subscriber.id))


def may_take_back(subscriber: NewsletterSubscriber) -> bool:
    """Whether leaving can be taken back with one button: within a day, by someone who had been confirmed."""
    return (
        subscriber.state == SubscriberState.LEFT
        and subscriber.confirmed_at is not None
        and subscriber.left_at is not None
        and clock.now() - subscriber.left_at < UNDO_WITHIN
    )


def take_leaving_back(subscriber: NewsletterSubscriber, *, address_key: str) -> None:
    """Send the newsletter again.

    Raises:
        Gone: too late; the way back is to ask again.
    """
    if subscriber.is_confirmed:
        return
    if not may_take_back(subscriber):
        raise Gone
    _let_in(subscriber, address_key)


def _let_in(subscriber: NewsletterSubscriber, address_key: str) -> None:
    subscriber.state = SubscriberState.CONFIRMED
    subscriber.confirmed_at = clock.now()
    subscriber.confirmed_address_key = address_key
    subscriber.confirmation_sent_at = None
    subscriber.left_at = None
    give_turn_back(CONFIRMATION, subscriber.email)
    publish(SubscriberConfirmed(subscriber_id=subscriber.id))


def forget_unanswered() -> None:
    """Forget addresses that did not answer within 7 days, and those that left a year ago."""
    now = clock.now()
    unanswered = (
        NewsletterSubscriber.state == SubscriberState.PENDING,
        NewsletterSubscriber.asked_at < now - PENDING_FOR,
    )
    # Someone who had left before, and did not answer when asked again, has still left.
    db.session.execute(
        update(NewsletterSubscriber)
        .where(*unanswered, NewsletterSubscriber.left_at.is_not(None))
        .values(state=SubscriberState.LEFT)
    )
    db.session.execute(delete(NewsletterSubscriber).where(*unanswered))
    db.session.execute(
        delete(NewsletterSubscriber).where(
            NewsletterSubscriber.state == SubscriberState.LEFT,
            NewsletterSubscriber.left_at < now - LEFT_FOR,
        )
    )


def remove_subscriber(subscriber_ids: Collection[int]) -> int:
    """Delete subscribers, with what was on record about them; how many there were."""
    return rows_changed(
        delete(NewsletterSubscriber).where(NewsletterSubscriber.id.in_(subscriber_ids))
    )


def erase(email: str) -> None:
    """Delete all that is known of one address."""
    db.session.execute(delete(SignUp).where(SignUp.email == normal_address(email)))
    db.session.execute(
        delete(NewsletterSubscriber).where(NewsletterSubscriber.email == normal_address(email))
    )


def import_subscriber(
    *,
    email: str,
    asked_on: str,
    asked_at: datetime,
    confirmed_at: datetime | None,
    left_at: datetime | None,
) -> bool:
    """Take over who subscribed elsewhere; returns whether the address is new here. A known one stays as it is.

    `asked_on` says what proves the agreement. With `left_at` the person has left, and is not written to. No fact is
    published: nobody just agreed to anything.
    """
    if db.session.scalar(
        select(NewsletterSubscriber.id).where(NewsletterSubscriber.email == email)
    ):
        return False
    state = SubscriberState.LEFT if left_at else SubscriberState.CONFIRMED
    subscriber = NewsletterSubscriber(
        email=email,
        state=state,
        asked_on=asked_on[:200],
        asked_at=asked_at,
        address_key="",
        confirmed_at=confirmed_at,
        left_at=left_at,
    )
    db.session.add(subscriber)
    db.session.flush()
    return True
