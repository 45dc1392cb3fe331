"""How PostgreSQL finds what pages, the queue, search and the lists of the admin ask for, in tables of a million rows.

python -m bench.plans [--rows 1000000] [--tables comment,shop_order] [--pages 400]

The demo's rows are copied until the tables are large (`bench.multiplied`), then every page that links lead to is asked
for, as a stranger and as the owner, a few of each kind and with their filters, and so is the queue of jobs. Each
statement that this sends is shown to `EXPLAIN`. Ends with 1 when a statement reads a large table from its beginning
to its end, or a page is not answered, and says which.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text
from werkzeug.exceptions import HTTPException
from werkzeug.routing.exceptions import RequestRedirect

from bench import ground
from bench.harness import end_within, table
from bench.multiplied import LARGE, multiply
from shop.app import create_app
from shop.config import Config
from shop.core.database.patience import unhurried
from shop.core.jobs import Lane, running
from shop.demo.planting import plant
from shop.extensions import db, limiter
from shop.plugins.installed import migrations
from tests import servers

ENDS_WITHIN = 7200.0
LARGE_TABLE = 20_000
"""Rows from which on a table is not read from its beginning to its end while a visitor waits."""
SLOW_SECONDS = 1.0
OF_A_KIND = 3
"""Addresses of one page that are asked for, and as many with filters."""
BEGINNINGS = ("/", "/shop/", "/search?q=trust", "/search?q=the", "/cart", "/account/", "/admin/")
SEARCHED = ("q", "search")
"""Parameters with which the lists of the admin are searched; each list is asked for with both."""
NOT_ASKED = re.compile(r"sign-out|/static/|/erase")
READS_ALL = re.compile(r"sitemap|export|\.csv|/metrics")
"""Answers that are made of all that there is: they read it from beginning to end, and are asked for by no reader."""
LINK = re.compile(r'<a [^>]*?href="(/[^"#]*)')
ORIGIN = "http://localhost"


@dataclass
class Sent:
    """A statement that a page sent."""

    statement: str
    parameters: Any
    page: str
    seconds: float = 0.0


@dataclass
class Course:
    """What was asked for and what came of it."""

    statements: dict[str, Sent] = field(default_factory=dict)
    pages: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    page: str = ""


def main() -> int:
    """Fill, ask, explain, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--tables", default="", help="with commas: only these get so many rows")
    parser.add_argument("--pages", type=int, default=400)
    asked = parser.parse_args()
    end_within(ENDS_WITHIN)
    limiter.enabled = False
    course = Course()
    with _site() as app:
        with app.app_context():
            rows = _filled(asked.rows, asked.tables.split(",") if asked.tables else LARGE)
            _note(course)
            _look_at_the_queue(course)
        _walk(app, course, asked.pages)  # each request with a context of its own
        with app.app_context():
            return _judged(course, rows)


def _filled(wanted: int, large: Collection[str]) -> dict[str, int]:
    """Copy rows; how many each table has then."""
    began = time.monotonic()
    with unhurried(), db.engine.connect() as connection:
        rows = multiply(connection, wanted, large)
    size = _value("SELECT pg_database_size(current_database())")
    print(f"{sum(rows.values()):,} rows in {time.monotonic() - began:.0f} s, {size / 1e9:.1f} GB")
    return rows


@contextlib.contextmanager
def _site() -> Iterator[Flask]:
    """The demo on PostgreSQL, its jobs done."""
    with tempfile.TemporaryDirectory(prefix="shop-bench-") as name:
        url = servers.postgres().new_database()
        boot = Config(
            data_dir=Path(name),
            database_url=url,
            secret_key=ground.KEY,
            base_url=ORIGIN,
            smtp_url=f"file://{name}/sent",
        )
        app = create_app(boot)
        with app.app_context():
            migrations.upgrade_all()
            plant(ground.PASSWORD, lambda _line: None)
            while batch := running.claim_jobs(tuple(Lane), 20):
                for job in batch:
                    running.run(job)
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


# Asking


def _note(course: Course) -> None:
    """Remember each kind of statement once, with the parameters of the time when it took longest."""

    def begin(*given: Any) -> None:
        given[4].began = time.monotonic()

    def end(
        _connection: Any, _cursor: Any, statement: str, given: Any, context: Any, is_many: bool
    ) -> None:
        seconds = time.monotonic() - context.began
        known = course.statements.get(statement)
        if not is_many and (known is None or known.seconds < seconds):
            course.statements[statement] = Sent(statement, given, course.page, seconds)

    event.listen(db.engine, "before_cursor_execute", begin)
    event.listen(db.engine, "after_cursor_execute", end)


def _look_at_the_queue(course: Course) -> None:
    """What each process asks again and again: which lanes have work, and which jobs are next."""
    course.page = "the queue of jobs"
    running.lanes_with_work(tuple(Lane))
    running.return_jobs(running.claim_jobs(tuple(Lane), 5))


def _walk(app: Flask, course: Course, most: int) -> None:
    """Follow links, a few of each kind."""
    clients = {"owner": app.test_client(), "stranger": app.test_client()}
    _sign_in(clients["owner"])
    for who, client in clients.items():
        waiting, walked, asked = list(BEGINNINGS), Counter[str](), 0
        seen = set(waiting)
        while waiting and asked < most:
            address = waiting.pop(0)
            asked += 1
            course.page = f"{address} ({who})"
            for link in (*_links(client, address, course), *_searches(address)):
                kind = _kind_of(app, link)
                if kind and link not in seen and walked[kind] < OF_A_KIND:
                    walked[kind] += 1
                    seen.add(link)
                    waiting.append(link)


def _searches(address: str) -> list[str]:
    if not address.startswith("/admin/") or "?" in address:
        return []
    return [f"{address}?{name}=trust" for name in SEARCHED]


def _sign_in(client: FlaskClient) -> None:
    form = {"email": "owner@example.org", "password": ground.PASSWORD}
    status = client.post("/account/sign-in", data=form, headers={"Origin": ORIGIN}).status_code
    if status != 303:
        raise RuntimeError(f"the owner can't sign in: {status}")


def _links(client: FlaskClient, address: str, course: Course) -> Iterator[str]:
    answer = client.get(address)
    course.pages[answer.status_code] += 1
    if answer.status_code >= 500:
        course.faults.append(f"{course.page} was answered {answer.status_code}")
    if answer.mimetype == "text/html":
        for link in LINK.findall(answer.text):
            yield html.unescape(link)
    answer.close()


def _kind_of(app: Flask, link: str) -> str:
    """The page that an address is one of, and which filters it has; empty for what is not asked."""
    parts = urlsplit(link)
    try:
        rule, _ = app.url_map.bind("").match(parts.path, method="GET", return_rule=True)
    except (HTTPException, RequestRedirect):
        return ""
    if NOT_ASKED.search(rule.rule) or READS_ALL.search(rule.rule):
        return ""
    filters = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair)
    return f"{rule.rule}?{','.join(filters)}"


# Explaining


def _judged(course: Course, rows: Mapping[str, int]) -> int:
    large = {name for name, number in rows.items() if number >= LARGE_TABLE}
    statements = list(course.statements.values())  # what is asked from here on is our own
    explained = 0
    for sent in statements:
        plan = _plan_of(sent)
        if plan is None:
            continue
        explained += 1
        read = sorted(set(_read_whole(plan)) & large)
        if read:
            course.faults.append(
                f"{', '.join(read)}: from beginning to end by {sent.page},"
                f" {sent.seconds * 1000:.0f} ms:\n    {' '.join(sent.statement.split())}"
            )
    slowest = sorted(statements, key=lambda sent: -sent.seconds)[:12]
    table(
        "Rows",
        [(name, f"{number:,}") for name, number in sorted(rows.items()) if name in large],
        ("table", "rows"),
    )
    table(
        "Statements",
        [
            ("pages asked for", f"{course.pages.total():,}"),
            ("kinds of statements explained", f"{explained:,}"),
            ("that read a large table whole", f"{len(course.faults):,}"),
        ],
        ("what", "number"),
    )
    table(
        "The slowest",
        [
            (f"{sent.seconds * 1000:.0f}", sent.page, " ".join(sent.statement.split())[:160])
            for sent in slowest
        ],
        ("ms", "page", "statement"),
    )
    course.faults += [
        f"{sent.seconds:.1f} s for {sent.page}:\n    {' '.join(sent.statement.split())}"
        for sent in slowest
        if sent.seconds > SLOW_SECONDS
    ]
    for fault in course.faults:
        print(f"FAULT: {fault}")
    return 1 if course.faults else 0


def _plan_of(sent: Sent) -> Mapping[str, Any] | None:
    """None for what is no question, such as SAVEPOINT or LISTEN."""
    if not sent.statement.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
        return None
    with db.engine.connect() as connection:
        plan = connection.exec_driver_sql(
            f"EXPLAIN (FORMAT JSON) {sent.statement}", sent.parameters
        )
        found = plan.scalar_one()
    whole: Mapping[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return whole


def _read_whole(plan: Mapping[str, Any]) -> Iterator[str]:
    """The tables that a plan reads from beginning to end."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for each in plan.get("Plans", ()):
        yield from _read_whole(each)


def _value(statement: str) -> Any:
    with db.engine.connect() as connection:
        return connection.execute(text(statement)).scalar_one()


if __name__ == "__main__":
    sys.exit(main())
