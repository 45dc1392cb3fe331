"""Plants messages from the contact page, and the newsletter's subscribers. No mail goes out for them."""

from __future__ import annotations

from datetime import timedelta

from shop.core import clock
from shop.demo import reading
from shop.extensions import db


def plant_messages() -> int:
    """What visitors wrote to us; how many there are."""
    from shop.blueprints.contact.models import Message

    rows = reading.table("messages")
    for row in sorted(rows, key=lambda each: -each["hours_ago"]):
        db.session.add(
            Message(
                name=row["name"],
                email=row["email"],
                body=row["message"].strip(),
                created_at=clock.now() - timedelta(hours=row["hours_ago"]),
            )
        )
        db.session.flush()  # one by one, so that the oldest has the lowest number
    return len(rows)


def plant_subscribers() -> int:
    """The newsletter's readers, confirmed and pending; how many there are."""
    from shop.blueprints.newsletter.models import NewsletterSubscriber, SubscriberState

    rows = reading.table("subscribers")
    for number, row in enumerate(rows):
        at = clock.now() - timedelta(days=40 - 3 * number, hours=5)
        is_confirmed = row["state"] == SubscriberState.CONFIRMED
        db.session.add(
            NewsletterSubscriber(
                email=row["email"],
                state=row["state"],
                asked_on="/",
                asked_at=at if is_confirmed else clock.now() - timedelta(days=1, hours=number),
                address_key="",
                confirmed_at=at + timedelta(minutes=7) if is_confirmed else None,
                created_at=at,
            )
        )
    return len(rows)
