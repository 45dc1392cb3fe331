"""Events: facts, and their subscribers.

A service publishes a fact inside its unit of work. For each subscriber one job row is written in the same transaction;
it runs after the commit, in its own transaction, with back-off of its own. So a subscriber that fails affects neither
the fact nor the other subscribers, and a kill -9 loses nothing.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import structlog

from shop.core import jobs
from shop.core.app_state import app_state
from shop.core.database import undone_on_failure
from shop.core.errors import ends_process
from shop.extensions import db

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Parent of every fact. Subclasses are frozen dataclasses, named in the past tense; their fields are ids and other
    plain values that JSON can hold, never rows.
    """


E = TypeVar("E", bound=Event)


class AnySubscriber(ABC):
    """A subscriber, whatever its event: what a list of them holds. Make one with `Subscriber`.

    Attributes:
        name: its name.
        event: the type of the fact that it wants to know of.
        is_at_once: whether it is told in the transaction of the fact.
        lane: where its jobs wait; by default in the lane of the feature.
        in_transaction: whether all that it does is one transaction.
    """

    # Not generic: a type checker would let `Subscriber[Any]` through with a handler of another event.
    __slots__ = ()

    name: str
    event: type[Event]
    is_at_once: bool
    lane: jobs.Lane | None
    in_transaction: bool

    @abstractmethod
    def deliver(self, payload: Mapping[str, Any]) -> Callable[[], None] | None:
        """Hand over a fact; what is returned is still to be called, in a transaction.

        Args:
            payload: the fields of the event.
        """


@dataclass(frozen=True, slots=True)
class Subscriber(AnySubscriber, Generic[E]):
    """Somebody who wants to know of a fact.

    Attributes:
        name: unique, e.g. `feature.what_it_does`. It is stored with the waiting work: keep it over upgrades.
        event: the type of the fact; subclasses of it are other facts.
        handle: gets the fact, in a unit of work of its own, once the fact has been committed.
        is_at_once: `handle` is called in the fact's own transaction instead, because the next page must show what it
            does. It must be quick. If it fails, nothing of it is kept, and it is called afterwards, like others.
        lane: where its jobs wait; by default in the lane of the feature. Those of a plugin always wait in the lane for
            plugins.
        in_transaction: as in `JobKind`. False where much is read or drawn before anything is written: with SQLite
            nobody else can write during a transaction that does. Not with `is_at_once`.
    """

    name: str
    event: type[E]
    handle: Callable[[E], Callable[[], None] | None]
    is_at_once: bool = False
    lane: jobs.Lane | None = None
    in_transaction: bool = True

    def __post_init__(self) -> None:
        if self.is_at_once and not self.in_transaction:
            raise ValueError(f"{self.name}: what is told at once is told in a transaction")

    def deliver(self, payload: Mapping[str, Any]) -> Callable[[], None] | None:
        """Call `handle` with the fact."""
        return self.handle(self.event(**payload))


SubscriberTable: TypeAlias = dict[type[Event], list[AnySubscriber]]


def job_kinds(subscribers: Iterable[AnySubscriber]) -> Iterable[jobs.JobKind]:
    """The job that delivers to each subscriber."""
    for subscriber in subscribers:
        yield jobs.JobKind(
            name=f"event:{subscriber.name}",
            handle=subscriber.deliver,
            lane=subscriber.lane,
            in_transaction=subscriber.in_transaction,
        )


def publish(*events: Event) -> None:
    """Store facts for everyone who subscribed to their types, however many at once.

    Raises:
        RuntimeError: outside a unit of work, where anybody has subscribed.
    """
    subscribers = app_state().subscribers
    jobs.enqueue_all(
        (f"event:{subscriber.name}", dataclasses.asdict(event))
        for event in events
        for subscriber in subscribers.get(type(event), ())
        if not (subscriber.is_at_once and _is_told(subscriber, event))
    )


def _is_told(subscriber: AnySubscriber, event: Event) -> bool:
    """Tell a subscriber at once; False when it failed, of which nothing is left."""
    try:
        with undone_on_failure(db.session()):
            subscriber.deliver(dataclasses.asdict(event))
    except BaseException as error:
        if ends_process(error):
            raise
        log.exception("event.not_told_at_once", subscriber=subscriber.name)
        return False
    return True


def subscriber_table(subscribers: Iterable[AnySubscriber]) -> SubscriberTable:
    """The subscribers, by the type of the event."""
    table: SubscriberTable = {}
    for subscriber in subscribers:
        table.setdefault(subscriber.event, []).append(subscriber)
    return table
