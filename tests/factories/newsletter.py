"""Subscribers for tests."""

from __future__ import annotations

from itertools import count

from shop.blueprints.newsletter.models import NewsletterSubscriber, SubscriberState
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

_numbers = count(1)


def make_subscriber(
    email: str | None = None, state: SubscriberState = SubscriberState.CONFIRMED
) -> NewsletterSubscriber:
    """A stored subscriber; sends no mail and publishes no event."""
    now = clock.now()
    subscriber = NewsletterSubscriber(
        email=email or f"reader{next(_numbers)}@example.org",
        state=state,
        asked_on="/newsletter",
        asked_at=now,
        address_key="0" * 64,
        confirmed_at=None if state == SubscriberState.PENDING else now,
        left_at=now if state == SubscriberState.LEFT else None,
    )
    with unit_of_work():
        db.session.add(subscriber)
    return subscriber
