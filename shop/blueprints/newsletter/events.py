"""Facts of the newsletter."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class SubscriptionAsked(Event):
    """Someone typed an address into the form. Whose it is, nobody knows yet."""

    sign_up_id: int


@dataclass(frozen=True, slots=True)
class SubscriberConfirmed(Event):
    """The owner of an address has confirmed: they want the newsletter."""

    subscriber_id: int


@dataclass(frozen=True, slots=True)
class SubscriberLeft(Event):
    """The owner of an address has unsubscribed."""

    subscriber_id: int
