"""Facts of the newsletter."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class SubscriptionAsked(Event):
    """Someone typed an address into the form. Whose it is, nobody knows yet.

    Attributes:
        sign_up_id: which sign-up; there is no subscriber yet.
    """

    sign_up_id: int


@dataclass(frozen=True, slots=True)
class SubscriberConfirmed(Event):
    """The owner of an address has confirmed: they want the newsletter.

    Attributes:
        subscriber_id: which subscriber.
    """

    subscriber_id: int


@dataclass(frozen=True, slots=True)
class SubscriberLeft(Event):
    """The owner of an address has unsubscribed.

    Attributes:
        subscriber_id: which subscriber.
    """

    subscriber_id: int
