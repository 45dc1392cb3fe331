"""How the calls into plugins went: gathered in memory, written to the database now and then.

A call costs a lock and a few additions. Failures are written within seconds, the times of what went well every few
minutes, each in a thread of its own, so that no visitor waits for it. A process that is killed loses a few numbers.
"""

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, NamedTuple

import structlog
from flask import Flask, current_app
from sqlalchemy import BigInteger, String, case, delete, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock, database
from shop.core.app_state import AppState, app_state
from shop.core.changes.remembered import last_answer, remembered, still_true
from shop.core.database import upsert
from shop.core.database.columns import UtcDateTime, created, moment
from shop.core.events import publish
from shop.core.observing.masking import masked, words_of
from shop.core.unit_of_work import purge, unit_of_work
from shop.extensions import Model, db
from shop.plugins.events.admin import PluginPartFailed

log = structlog.get_logger(__name__)

TAG = "plugins:paused"
"""What is made of this depends on which parts of plugins are paused."""
PAUSABLE = frozenset(
    {
        "slots",
        "navigation",
        "directives",
        "body_filters",
        "structured_data",
        "search_engines",
        "admin_sections",
    }
)
"""Hooks whose parts may be left out of a page without harm."""
MOST_HOSTS = 50
"""So many are kept of each plugin, those that it asked last: where readers name them, there is no end of them."""
OWNER_IS_TOLD = frozenset({"cart_rules", "checkout_checks", "payment_providers", "personal_data"})
"""Hooks whose failure costs sales, or a person's right to their data: the owner is told by mail."""

SLOW_SECONDS = 1.0
SLOW_CALLS = 2
HANGING_SECONDS = 3.0
"""One call of so long is enough to be paused."""
FAILED_CALLS = 10
"""After so many in a row it is paused."""
PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
TOLD_EVERY = timedelta(hours=6)
"""How often the owner gets a mail about the same part."""
FAILURES_WRITTEN_EVERY = 5.0
TIMES_WRITTEN_EVERY = 300.0
LONGEST_WORDS = 300
LONGEST_PART = 200
TIMES = (1, 3, 10, 30, 100, 300, 1000, 3000)
"""Milliseconds by which calls are sorted, to tell the median."""
TIME_COLUMNS = (*(f"within_{each}" for each in TIMES), "beyond")


class Place(NamedTuple):
    """Whose call it was: the plugin, its hook, and which of the items that it gave."""

    plugin: str
    hook: str
    part: str

    def __str__(self) -> str:
        return (
            f"{self.plugin}, {self.hook}, {self.part}"
            if self.part
            else f"{self.plugin}, {self.hook}"
        )


def _count() -> Mapped[int]:
    return mapped_column(BigInteger, default=0, server_default="0")


class HookHealth(Model):
    """How the calls of one part of a plugin went, on all hosts together, since it was last forgotten.

    `milliseconds` is the sum over all calls, `paused_until` empty where it is not paused. `within_3` counts the calls
    that took from one to three milliseconds, and so on.
    """

    __tablename__ = "hook_health"

    plugin: Mapped[str] = mapped_column(String(80), primary_key=True)
    hook: Mapped[str] = mapped_column(String(40), primary_key=True)
    part: Mapped[str] = mapped_column(String(LONGEST_PART), primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger, default=0)
    failures: Mapped[int] = mapped_column(BigInteger, default=0)
    slow_calls: Mapped[int] = mapped_column(BigInteger, default=0)
    milliseconds: Mapped[int] = mapped_column(BigInteger, default=0)
    longest_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    last_words: Mapped[str] = mapped_column(String(LONGEST_WORDS), default="")
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    owner_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    within_1: Mapped[int] = _count()
    within_3: Mapped[int] = _count()
    within_10: Mapped[int] = _count()
    within_30: Mapped[int] = _count()
    within_100: Mapped[int] = _count()
    within_300: Mapped[int] = _count()
    within_1000: Mapped[int] = _count()
    within_3000: Mapped[int] = _count()
    beyond: Mapped[int] = _count()

    @property
    def place(self) -> Place:
        """Whose calls these were."""
        return Place(self.plugin, self.hook, self.part)

    @property
    def times(self) -> str:
        """How long its calls took, in words."""
        return f"half of {self.calls} calls within {self.median_ms} ms, the longest {self.longest_ms} ms"

    @property
    def median_ms(self) -> int:
        """Half of the calls took no longer than this, in milliseconds, rounded up to one of `TIMES`."""
        counts = [getattr(self, column) for column in TIME_COLUMNS]
        passed = accumulate(counts)
        at_half = next((each for each, sum_ in enumerate(passed) if sum_ * 2 >= sum(counts)), 0)
        return min(TIMES[at_half] if at_half < len(TIMES) else self.longest_ms, self.longest_ms)


class AskedHost(Model):
    """Another server that a plugin has asked (`fetch`)."""

    __tablename__ = "asked_host"

    plugin: Mapped[str] = mapped_column(String(80), primary_key=True)
    host: Mapped[str] = mapped_column(String(253), primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[moment]


class SwitchedOffPlugin(Model):
    """A plugin that the owner switched off while the site runs."""

    __tablename__ = "switched_off_plugin"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    switched_off_at: Mapped[created]


class Owners:
    """Which plugin gave an item. Items live for as long as the application, so that their ids name them.

    Attributes:
        third_parties: the names of the plugins that do not ship with the shop.
    """

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._places: dict[tuple[int, str], Place] = {}
        self.third_parties: set[str] = set()

    def note(self, item: object, plugin: str) -> None:
        """This plugin gave it."""
        self._names[id(item)] = plugin
        self._places.clear()

    def of(self, item: object) -> str:
        """The name of the plugin; empty for an item that none gave."""
        return self._names.get(id(item), "")

    def place_of(self, item: object, hook: str) -> Place:
        """Whose call a call of this item is."""
        key = id(item), hook
        place = self._places.get(key)
        if place is None:
            place = Place(self.of(item), hook, masked(_name_of(item))[:LONGEST_PART])
            if key[0] in self._names:
                self._places[key] = place
        return place


def _name_of(item: object) -> str:
    """Which of a plugin's items of one hook: by its name, or where it is drawn."""
    try:
        if point := getattr(item, "point", ""):
            return f"{point} {getattr(item, 'template', '')}"
        return str(getattr(item, "name", "") or getattr(item, "__qualname__", ""))
    except Exception:  # noqa: BLE001 - the name is a plugin's own code
        return type(item).__name__


def owner_of(item: object) -> str:
    """The name of the plugin that gave an item of the present application."""
    return app_state().part(Owners, Owners).of(item)


@dataclass(slots=True)
class _Tally:
    """What happened since it was last written."""

    calls: int = 0
    failures: int = 0
    slow_calls: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    last_words: str = ""
    failed_at: datetime | None = None
    times: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TIME_COLUMNS, 0))

    def count(self, seconds: float) -> None:
        """Another call, which took so long."""
        self.calls += 1
        if seconds > SLOW_SECONDS:
            self.slow_calls += 1
        self.seconds += seconds
        if seconds > self.longest:
            self.longest = seconds
        self.times[TIME_COLUMNS[bisect_left(TIMES, seconds * 1000)]] += 1

    def add(self, other: "_Tally") -> None:
        self.calls += other.calls
        self.failures += other.failures
        self.slow_calls += other.slow_calls
        self.seconds += other.seconds
        self.longest = max(self.longest, other.longest)
        self.last_words = other.last_words or self.last_words
        self.failed_at = other.failed_at or self.failed_at
        for column, calls in other.times.items():
            self.times[column] += calls


@dataclass(slots=True)
class _Strikes:
    """Bad calls in a row, and how often it was paused for them."""

    failed: int = 0
    slow: int = 0
    pauses: int = 0


@dataclass(slots=True)
class HealthBook:
    """What the calls of one process came to, and which parts are paused.

    Attributes:
        failures_every: seconds between two writings of failures.
        times_every: seconds between two writings while nothing fails.
        quick: those whose last call in this process that came to its end did not take long.
    """

    failures_every: float = FAILURES_WRITTEN_EVERY
    times_every: float = TIMES_WRITTEN_EVERY
    quick: set[Place] = field(default_factory=set)
    _under_way: dict[Place, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _tallies: dict[Place, _Tally] = field(default_factory=dict)
    _strikes: dict[Place, _Strikes] = field(default_factory=dict)
    _paused: dict[Place, datetime] = field(default_factory=dict)
    _hosts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _written_at: float = field(default_factory=time.monotonic)

    def is_quick(self, place: Place) -> bool:
        """Whether a page may call it in its own thread: not while a call goes on that began to hang."""
        since = self._under_way.get(place)
        if since is not None and time.perf_counter() - since > SLOW_SECONDS:
            self.quick.discard(place)
        return place in self.quick

    def begins(self, place: Place, at: float) -> None:
        """A page waits for a call from now on; `at` is by `time.perf_counter`."""
        self._under_way.setdefault(place, at)

    def is_over(self, place: Place) -> None:
        """No page waits for that call any more."""
        self._under_way.pop(place, None)

    def is_paused(self, place: Place, state: AppState | None = None) -> bool:
        """Whether a part is left out for now, as this process or another one decided.

        Args:
            state: of the present application, from a caller who has it at hand.
        """
        known = still_true(state or app_state(), TAG)
        elsewhere = paused_parts() if known is None else known.value
        if not elsewhere and not self._paused:
            return False
        until = self._paused.get(place) or elsewhere.get(place)
        # No pause is longer: one that seems so is of before the clock was set back.
        return until is not None and timedelta() < until - clock.now() <= LONGEST_PAUSE

    def answered(self, place: Place, seconds: float) -> None:
        """A call went well, if not too slowly."""
        is_slow = seconds > SLOW_SECONDS
        with self._lock:
            self._tally(place).count(seconds)
        if is_slow:
            self._strike(place, seconds)
        else:
            self.quick.add(place)
            if self._strikes:
                self._strikes.pop(place, None)
        self._write_behind(is_urgent=is_slow)

    def answered_late(self, place: Place, seconds: float) -> None:
        """A call came to its end, that was counted as failed because nobody could wait for it."""
        self.answered(place, seconds)
        with self._lock:
            self._tally(place).calls -= 1

    def failed(self, place: Place, seconds: float, error: BaseException) -> None:
        """A call raised this."""
        words = words_of(error)[:LONGEST_WORDS]
        with self._lock:
            tally = self._tally(place)
            tally.count(seconds)
            tally.failures += 1
            tally.last_words, tally.failed_at = words, clock.now()
        self._strike(place, seconds)
        self._write_behind(is_urgent=True)

    def asks(self, plugin: str, host: str) -> None:
        """A plugin is about to ask another server."""
        with self._lock:
            self._hosts[plugin, host] += 1
        self._write_behind(is_urgent=True)

    def _tally(self, place: Place) -> _Tally:
        tally = self._tallies.get(place)
        if tally is None:
            tally = self._tallies[place] = _Tally()
        return tally

    def _strike(self, place: Place, seconds: float) -> None:
        if seconds > SLOW_SECONDS:
            self.quick.discard(place)
        if place.hook not in PAUSABLE:
            return
        with self._lock:
            strikes = self._strikes.setdefault(place, _Strikes())
            strikes.failed += 1
            if seconds > SLOW_SECONDS:
                strikes.slow += SLOW_CALLS if seconds > HANGING_SECONDS else 1
            if strikes.slow >= SLOW_CALLS or strikes.failed >= FAILED_CALLS or strikes.pauses:
                pause = min(PAUSE * 2**strikes.pauses, LONGEST_PAUSE)
                self._strikes[place] = _Strikes(pauses=strikes.pauses + 1)
                self._paused[place] = clock.now() + pause
                log.warning("plugin.paused", place=str(place), seconds=pause.total_seconds())

    def _write_behind(self, *, is_urgent: bool) -> None:
        """Write in another thread what is due, so that nobody waits for it."""
        now = time.monotonic()
        if now - self._written_at < (self.failures_every if is_urgent else self.times_every):
            return
        self._written_at = now
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
        threading.Thread(target=self._write_in, args=(app,), name="shop-plugin-health").start()

    def _write_in(self, app: Flask) -> None:
        with app.app_context():
            self.write()

    def write(self) -> None:
        """Add what was gathered to the database. While it is away everything is kept for the next time."""
        with self._lock:
            taken, self._tallies = self._tallies, {}
            hosts, self._hosts = self._hosts, Counter()
            paused = dict(self._paused)
        try:
            with unit_of_work():
                for place in sorted({*taken, *paused}):
                    _store(place, taken.get(place, _Tally()), paused.get(place))
                for (plugin, host), requests in sorted(hosts.items()):
                    _store_host(plugin, host, requests)
                for plugin in sorted({plugin for plugin, _host in hosts}):
                    _forget_old_hosts(plugin)
                if paused:
                    purge(TAG)
        except SQLAlchemyError as error:
            log.warning("plugin.health_not_written", error=repr(error))
            with self._lock:
                for place, tally in taken.items():
                    self._tally(place).add(tally)
                self._hosts.update(hosts)
            return
        with self._lock:
            # From now on the database says it to every process, and lets the owner end a pause in all of them.
            for place, until in paused.items():
                if self._paused.get(place) == until:
                    del self._paused[place]

    def forget(self, plugin: str) -> None:
        """Ask every part of a plugin again, whatever it did."""
        with self._lock:
            for kept in (self._tallies, self._strikes, self._paused):
                for place in [each for each in kept if each.plugin == plugin]:
                    kept.pop(place, None)
            self.quick = {place for place in self.quick if place.plugin != plugin}


def troubled() -> Sequence[HookHealth]:
    """The parts that failed or were slow, on all hosts together; those that did it last at the top."""
    return db.session.scalars(
        select(HookHealth)
        .where(or_(HookHealth.failures > 0, HookHealth.slow_calls > 0))
        .order_by(HookHealth.failed_at.desc().nulls_last(), HookHealth.plugin, HookHealth.part)
        .limit(100)
    ).all()


def asked_hosts() -> Mapping[str, list[str]]:
    """The hosts that each plugin has asked, those first that it asked last."""
    found: dict[str, list[str]] = {}
    for row in db.session.scalars(select(AskedHost).order_by(AskedHost.last_at.desc())):
        found.setdefault(row.plugin, []).append(row.host)
    return found


def forget_calls(plugin: str) -> None:
    """Forget how the calls of a plugin went, and end its pauses. Only inside a unit of work."""
    db.session.execute(delete(HookHealth).where(HookHealth.plugin == plugin))
    db.session.execute(delete(AskedHost).where(AskedHost.plugin == plugin))
    health_book().forget(plugin)
    purge(TAG)


def _store_host(plugin: str, host: str, requests: int) -> None:
    insert = upsert(AskedHost)
    now = clock.now()
    db.session.execute(
        insert.values(
            plugin=plugin, host=host[:253], requests=requests, last_at=now
        ).on_conflict_do_update(
            index_elements=["plugin", "host"],
            set_={"requests": AskedHost.requests + insert.excluded.requests, "last_at": now},
        )
    )


def _forget_old_hosts(plugin: str) -> None:
    asked = select(AskedHost.host).where(AskedHost.plugin == plugin)
    newest = asked.order_by(AskedHost.last_at.desc(), AskedHost.host).limit(MOST_HOSTS)
    db.session.execute(
        delete(AskedHost).where(AskedHost.plugin == plugin, AskedHost.host.not_in(newest))
    )


def _store(place: Place, tally: _Tally, paused_until: datetime | None) -> None:
    values: dict[str, Any] = {
        "calls": tally.calls,
        "failures": tally.failures,
        "slow_calls": tally.slow_calls,
        "milliseconds": round(tally.seconds * 1000),
        **{column: tally.times[column] for column in TIME_COLUMNS},
    }
    insert = upsert(HookHealth)
    longest = insert.excluded.longest_ms
    changed: dict[str, Any] = {
        name: getattr(HookHealth, name) + insert.excluded[name] for name in values
    }
    changed["longest_ms"] = case(
        (longest > HookHealth.longest_ms, longest), else_=HookHealth.longest_ms
    )
    news: dict[str, Any] = {}
    if tally.failures:
        news |= {"last_words": tally.last_words, "failed_at": tally.failed_at}
    if paused_until is not None:
        news["paused_until"] = paused_until
    db.session.execute(
        insert.values(
            **place._asdict(),
            **values,
            longest_ms=round(tally.longest * 1000),
            **{"last_words": "", **news},
        ).on_conflict_do_update(index_elements=["plugin", "hook", "part"], set_={**changed, **news})
    )
    if tally.failures and place.hook in OWNER_IS_TOLD:
        _tell_owner(place, tally)


def _tell_owner(place: Place, tally: _Tally) -> None:
    """Publish it, once in a while for each part."""
    row = db.session.get(HookHealth, tuple(place), populate_existing=True)
    now = clock.now()
    if row is None or (row.owner_told_at is not None and row.owner_told_at > now - TOLD_EVERY):
        return
    row.owner_told_at = now
    publish(PluginPartFailed(*place, words=tally.last_words))


def failing_since(moment: datetime) -> Sequence[HookHealth]:
    """The parts of plugins that failed since then, the last one first."""
    return db.session.scalars(
        select(HookHealth)
        .where(HookHealth.failed_at > moment)
        .order_by(HookHealth.failed_at.desc())
    ).all()


def paused_parts() -> Mapping[Place, datetime]:
    """What is paused on any host, and until when."""
    nothing: Mapping[Place, datetime] = {}
    if (
        database.writing.get()
    ):  # SQLite has one writer, and a second connection would wait for this unit of work
        return last_answer(TAG, nothing)
    return remembered(TAG, _ask_paused, otherwise=nothing)


def _ask_paused() -> Mapping[Place, datetime]:
    # By a connection of its own: the tables may be older, and the failed query would spoil the page's transaction.
    with db.engine.connect() as connection:
        found = connection.execute(
            select(
                HookHealth.plugin, HookHealth.hook, HookHealth.part, HookHealth.paused_until
            ).where(HookHealth.paused_until > clock.now())
        )
        return {Place(row.plugin, row.hook, row.part): row.paused_until for row in found}


def health_book() -> HealthBook:
    """That of the present application, in this process."""
    return app_state().part(HealthBook, HealthBook)
