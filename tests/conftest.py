"""One application for each database, used by every test in turn; real servers; nothing leaks between two requests."""

from __future__ import annotations

import contextvars
import functools
import gc
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, has_app_context, request
from flask.testing import FlaskClient
from sqlalchemy import TextClause, event, func, select, text
from sqlalchemy.engine import Connection, Engine
from werkzeug.test import TestResponse

from shop.app import create_app
from shop.blueprints.comments.judging import panel
from shop.config import Config
from shop.core import activity, database, events
from shop.core.app_state import state_of
from shop.core.database import patience
from shop.core.jobs import running
from shop.core.mail.models import Mail
from shop.core.pictures import sizes
from shop.core.web.limits import capacity
from shop.extensions import Base, db, limiter
from shop.plugins.guard import hurrying
from shop.plugins.guard.health import HealthBook
from tests import drawing_watch

pytest_plugins = ["tests.servers"]

BASE_URL = "http://localhost"
LONGEST_WAIT = 100
"""Seconds that tests wait for a database or for each other."""
for _asking in (database.ask_the_time, database.keep_asking):
    # Tests travel by the machine's clock, so nobody asks a server for the time but `tests/core/test_clock.py`.
    setattr(database, _asking.__name__, functools.wraps(_asking)(lambda *_told: None))
# Encoding as small as it gets takes ten times as long, and no test asks how small a picture is.
sizes.SAVED_WITH["avif"]["speed"] = 10

drawing_watch.watch()

MANY_EXAMPLES = 4
"""From here on the examples of one rule take turns between the two databases, for the sake of time."""
BOTH_DATABASES = frozenset(
    {
        *("backups", "cart", "checkout", "core", "discounts", "downloads", "exporters", "faults"),
        *("orders", "payments", "payments_stripe", "plugins", "search", "serving", "stock_alerts"),
    }
)
"""Where each rule with fewer examples meets both: money, stock, jobs and plugins depend on how a database behaves.
In the other folders, and in the packages of `plugins/`, the rules of a file take turns, and so do the examples of each.
"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each file meet both databases, and each example one. `SHOP_TEST_BOTH=1` tries all on both, and so does a test
    that is marked `both_databases`. One that is about a single database always runs.
    """
    if os.environ.get("SHOP_TEST_BOTH"):
        return
    rules: dict[str, dict[str, int]] = {}
    places: dict[str, dict[str, int]] = {}
    databases: dict[str, set[str | None]] = {}
    for item in items:
        rule, example = _rule_and_example(item)
        known = rules.setdefault(rule, {})
        known.setdefault(example, len(known))
        place = places.setdefault(rule.partition("::")[0], {})
        place.setdefault(rule, len(place))
        databases.setdefault(item.nodeid.partition("[")[0], set()).add(_database_of(item))
    left = [
        item
        for item in items
        if len(databases[item.nodeid.partition("[")[0]]) > 1 and _is_left(item, rules, places)
    ]
    if left:
        config.hook.pytest_deselected(items=left)
        passed_over = set(left)
        items[:] = [item for item in items if item not in passed_over]


def _is_left(
    item: pytest.Item, rules: dict[str, dict[str, int]], places: dict[str, dict[str, int]]
) -> bool:
    """Whether it is the other database's turn."""
    if item.get_closest_marker("both_databases"):
        return False
    rule, example = _rule_and_example(item)
    file = rule.partition("::")[0]
    turn = rules[rule][example]
    if len(rules[rule]) < MANY_EXAMPLES:
        if not BOTH_DATABASES.isdisjoint(file.split("/")[1:2]):
            return False
        turn += places[file][rule]
    return _database_of(item) == ("postgresql", "sqlite")[turn % 2]


def _rule_and_example(item: pytest.Item) -> tuple[str, str]:
    rule, _, example = item.nodeid.partition("[")
    return rule, example.replace(_database_of(item) or "[", "", 1)


def _database_of(item: pytest.Item) -> str | None:
    """On which database a test runs, if it asks for the application at all."""
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return None
    named = item.callspec.params.get("app")
    return named if isinstance(named, str) else None


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: looking through it for garbage took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class Outbox:
    """A mail transport that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        self.messages.append(message)

    def rest(self) -> None:
        pass


CHANGES_BY_READING = {
    "downloads.serve": "a download is counted when it is served",
    "orders.show": "downloads and papers of a paid order are made when it is read before the job has made them",
    "downloads.library": "the same",
    "catalog.show": "a click from an article is counted",
    "checkout.returned": "a provider sends buyers back by GET; what changes is what it tells us",
    "checkout.came_back": "the same",
}
NOTED_BY_READING = (
    "UPDATE account_session ",
    "INSERT INTO activity_",
    "UPDATE activity_head ",
    "UPDATE redirect SET hits",
    "INSERT INTO missed_address ",
    "UPDATE missed_address ",
    "DELETE FROM missed_address ",
)
"""Statements that go with any page: when a person was seen last, in the activity log exports and closed doors, and how
often old and missing addresses are asked for."""
_WRITES = ("INSERT ", "UPDATE ", "DELETE ")
_changed_by_reading: list[str] = []
_is_visit = contextvars.ContextVar("_is_visit", default=False)
"""A client's request, not one that a test pretends to be in."""


@event.listens_for(Engine, "before_cursor_execute")
def _watch_readers(*told: Any) -> None:
    """Programs open links too, so looking at a page changes nothing: every test looks after that."""
    statement: str = told[2]
    if (
        statement.startswith(_WRITES)
        and not statement.startswith(NOTED_BY_READING)
        and _is_visit.get()
        and request.method in {"GET", "HEAD"}
        and request.endpoint not in CHANGES_BY_READING
    ):
        _changed_by_reading.append(f"{request.endpoint} by {statement[:60]}")


class FreshClient(FlaskClient):
    """Each request runs in a context of its own, as in production.

    Flask would share `g`, and with it the signed-in person, with whatever application context is already pushed.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response: TestResponse = contextvars.Context().run(self._visit, *args, **kwargs)
        changed = [*_changed_by_reading]
        _changed_by_reading.clear()
        assert not changed, f"a GET changed something; where it must, say why above: {changed}"
        if has_app_context():
            db.session.rollback()  # the test sees what the request committed
        return response

    def _visit(self, *args: Any, **kwargs: Any) -> TestResponse:
        _is_visit.set(True)
        return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def applications(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Flask]]:
    """The application on a database of the given kind; made once."""
    from tests import data_folders  # on servers, a plugin too, which must be loaded as one first

    made: dict[str, Flask] = {}

    def application(backend: str) -> Flask:
        if backend not in made:
            folder = Path(tempfile.mkdtemp(dir=tmp_path_factory.getbasetemp()))
            made[backend] = _make(folder, data_folders.made(backend, folder))
        return made[backend]

    yield application
    for app in made.values():
        with app.app_context():
            db.engine.dispose()


def _wait_as_long_as_it_takes() -> None:
    """Threads that race for one row wait for each other, on a busy machine for longer than a visitor should.

    What happens when patience ends is tested with a short one: in `tests/core/test_patience.py` and `tests/faults`.
    """
    hurrying.wait_as_long_as_it_takes()
    patience.CONNECT_SECONDS = LONGEST_WAIT
    database.SQLITE_BUSY_MS = LONGEST_WAIT * 1000
    patience.STATEMENT_SECONDS = patience.LOCK_SECONDS = LONGEST_WAIT
    patience.REQUEST_SECONDS = LONGEST_WAIT + 2.0
    patience.CONNECT_OPTIONS["connect_timeout"] = LONGEST_WAIT
    patience.CONNECT_OPTIONS["options"] = (
        f"-c statement_timeout={LONGEST_WAIT}s -c lock_timeout={LONGEST_WAIT}s -c timezone=UTC"
    )


def _make(folder: Path, url: str) -> Flask:
    _wait_as_long_as_it_takes()
    limiter.enabled = True  # else it would not bind to a second application
    app = create_app(
        Config(
            data_dir=folder,
            database_url=url,
            base_url=BASE_URL,
            secret_key="a key for tests only",
            stripe_secret_key="",  # whatever the environment says: only tests/payments_stripe/for_real reads it
            stripe_webhook_secret="",
        )
    )
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.test_client_class = FreshClient
    limiter.enabled = False
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            # No power is cut during a test; waiting for the disk would take most of its time.
            event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    return app


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, applications: Callable[[str], Flask]) -> Iterator[Flask]:
    """The application, on SQLite and on PostgreSQL in turn, empty at the start of every test."""
    app = applications(request.param)
    outbox = Outbox()
    state = state_of(app)
    state.mail.transport = outbox
    state.add(outbox)
    book = state.part(HealthBook, HealthBook)
    book.failures_every = book.times_every = math.inf  # no thread writes behind the back of a test

    with app.app_context():
        yield app
        db.session.rollback()
        unexpected = "outbox" not in request.fixturenames and db.session.scalar(
            select(func.count()).select_from(Mail)
        )
        db.session.remove()
        empty_database()
        state.purge_board.purge_everything()
        state.answers.clear()
        limiter.enabled = False
    drawn = drawing_watch.taken_drawn()
    assert not drawn, f"this was drawn while nobody else can write: {drawn}"
    assert not unexpected, "mail was queued that the test does not speak of: ask for `outbox`"


def empty_database() -> None:
    """Delete every row; numbering begins anew. To truncate 70 tables would take longer than most tests do."""
    with db.engine.connect() as connection:
        names = filled(connection)
        is_postgresql = connection.dialect.name == "postgresql"
        for statement in FREE_OF_ORDER[connection.dialect.name] if names else ():
            connection.exec_driver_sql(statement)
        is_guarded = "activity_entry" in names and not is_postgresql
        if is_guarded:
            activity.take_guards(connection)
        for name in names:
            connection.exec_driver_sql(f'DELETE FROM "{name}"')  # noqa: S608
            if is_postgresql and "id" in Base.metadata.tables[name].columns:
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), 1, false)"
                )
        if is_guarded:
            activity.put_guards(connection)
        if "activity_entry" in names:
            connection.exec_driver_sql("DELETE FROM activity_head")
            activity.put_head(connection)
        connection.commit()


def filled(connection: Connection) -> list[str]:
    """Our tables that have rows."""
    return list(connection.scalars(_probe()))


@cache
def _probe() -> TextClause:
    return text(
        " UNION ALL ".join(
            f"SELECT '{table.name}' WHERE EXISTS (SELECT 1 FROM \"{table.name}\")"  # noqa: S608 - our own names
            for table in Base.metadata.sorted_tables
            # Plugins' are known once the example plugin has been imported; the head of an empty log stays.
            if not table.name.startswith(("plugin_", "activity_head"))
        )
    )


FREE_OF_ORDER = {
    "postgresql": ["SET LOCAL session_replication_role = replica"],
    "sqlite": ["PRAGMA defer_foreign_keys=ON"],
}


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Switches pytest-flask's off: its request context would sign every later client in as the first one."""


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine no check of a comment is to count as unsure, and no request to be sent away; tests of that set
    a time of their own.
    """
    monkeypatch.setattr(capacity, "LINE_SECONDS", 60.0)
    monkeypatch.setattr(panel, "CHECK_SECONDS", 30.0)
    monkeypatch.setattr(panel, "PATIENCE_SECONDS", 60.0)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor's browser, without JavaScript."""
    return app.test_client()


@pytest.fixture
def boot(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change what the environment says, for one test."""
    state = state_of(app)
    return lambda **values: monkeypatch.setattr(state, "config", state.config.changed(**values))


@pytest.fixture
def outbox(app: Flask) -> Outbox:
    """The mails that were sent; run jobs first. Asking for it says that this test expects mail."""
    return state_of(app).part(Outbox)


@pytest.fixture
def run_jobs(app: Flask) -> Callable[[], int]:
    """Do all the work that waits, as the job runner would."""
    return lambda: running.run_due(limit=1000)


@pytest.fixture
def published(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[events.Event]:
    """The facts that were published, in order."""
    facts: list[events.Event] = []
    publish = events.publish

    def note(*told: events.Event) -> None:
        facts.extend(told)
        publish(*told)

    for module in list(__import__("sys").modules.values()):
        if getattr(module, "publish", None) is publish:
            monkeypatch.setattr(module, "publish", note)
    return facts


@pytest.fixture
def limits(app: Flask) -> Iterator[None]:
    """Rate limits on, and empty at the start."""
    limiter.reset()
    limiter.enabled = True
    yield
    limiter.enabled = False
    limiter.reset()
