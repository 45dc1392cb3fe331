"""Many jobs on one, two and four processes: how many a second, what one costs, how long one waits, what a kill leaves.

    python -m bench.jobs [--jobs 1000] [--processes 1,2,4] [--engine rows] [--kills]

`--jobs 10000` is the full number: a quarter of an hour on two cores of one's own, with `--kills`.

`rows` is what the shop does: workers claim rows, and PostgreSQL notifies them. `procrastinate` and `dramatiq` (install
them first) are engines that only carry the number of a row, which stays the truth. Each job writes one row; at the end
each number must stand there once, or the command fails. CPU is that of the workers and of PostgreSQL together.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from bench.harness import ROOT, end_within, table
from shop.app import create_app
from shop.config import Config
from shop.core import clock, jobs
from shop.core.jobs import Job, JobKind, JobState, Lane, running
from shop.core.jobs.runner import EmbeddedRunner
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.installed import migrations
from tests import servers
from tests.servers import until

ENDS_WITHIN = 3600.0
KIND = "bench.note"
KEY = "a key for benchmarks only"
TICK = os.sysconf("SC_CLK_TCK")
STEADY, EVERY = 100, 0.03
KILLED = ("worker", "PostgreSQL", "the connections that are notified", "Valkey")
SWEEP_SECONDS = 5.0


def main() -> None:
    """Measure and print; ends with 1 when a job was lost or done twice."""
    parser = argparse.ArgumentParser(description="Jobs a second, and what a kill leaves.")
    parser.add_argument("--jobs", type=int, default=1_000)
    parser.add_argument("--processes", default="1,2,4")
    parser.add_argument("--engine", choices=["rows", "procrastinate", "dramatiq"], default="rows")
    parser.add_argument(
        "--kills", action="store_true", help="kill a worker, PostgreSQL, and Valkey too"
    )
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(given.engine)
        return
    end_within(ENDS_WITHIN)
    counts = [int(each) for each in given.processes.split(",")]
    with bench(given.engine) as ground:
        table(
            f"{given.jobs:,} jobs, engine {given.engine}",
            [ground.burst(count, given.jobs) for count in counts],
            ("processes", "jobs a second", "CPU ms a job", "p50 when steady", "p99 when steady"),
        )
        if given.kills:
            table(
                "after a kill at a third of the way",
                [ground.after_kill(what, given.jobs) for what in KILLED],
                ("killed", "done once each", "lost", "doubled", "seconds until all were done"),
            )
    if ground.is_wrong:
        sys.exit("jobs were lost or done twice")


class Ground:
    """A database with the shop's tables and one more, and the workers of an engine."""

    def __init__(self, app: Flask, engine: str, environment: dict[str, str], valkey: Any) -> None:
        self._app = app
        self._engine = engine
        self._environment = environment
        self._valkey = valkey
        self.is_wrong = False

    def burst(self, count: int, number: int) -> tuple[str, ...]:
        """All at once, then one after the other; a row of the table."""
        with self.workers(count) as processes:
            before, began = cpu_seconds(processes), time.perf_counter()
            self.enqueue(range(number))
            self.wait_for(number, within=900)
            elapsed, used = time.perf_counter() - began, cpu_seconds(processes) - before
            self.verify(number)
            waits = sorted(self.steady())
        return (
            str(count),
            f"{number / elapsed:,.0f}",
            f"{used / number * 1000:.2f}",
            f"{waits[len(waits) // 2] * 1000:.0f} ms",
            f"{waits[int(len(waits) * 0.99)] * 1000:.0f} ms",
        )

    def after_kill(self, what: str, number: int) -> tuple[str, ...]:
        """Kill something at a third of the way; a row of the table."""
        with self.workers(2) as processes:
            began = time.perf_counter()
            self.enqueue(range(number))
            self.wait_for(number // 3, within=900)
            with self.killed(what, processes):
                self.wait_for(number, within=900)
            elapsed = time.perf_counter() - began
            once, lost, doubled = self.verify(number)
        return (what, f"{once:,}", str(lost), str(doubled), f"{elapsed:.0f}")

    @contextlib.contextmanager
    def killed(self, what: str, processes: list[subprocess.Popen[bytes]]) -> Iterator[None]:
        """A worker is replaced, as a supervisor does; PostgreSQL comes back by itself when a process of it dies."""
        if what == "worker":
            processes[0].kill()
            processes[0].wait()
            processes.append(self.start())
        elif what == "Valkey":
            self._valkey.kill()
        elif what == "the connections that are notified":
            self.ask(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            )
        else:
            os.kill(
                int(
                    self.ask(
                        "SELECT min(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                    )
                ),
                9,
            )
        yield

    @contextlib.contextmanager
    def workers(self, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
        """So many processes that wait for jobs; the tables are empty."""
        for name in ("bench_done", "job", *self._of_engine()):
            self.ask(f"TRUNCATE {name} CASCADE")
        processes = [self.start() for _ in range(count)]
        try:
            yield processes
        finally:
            for process in processes:
                process.send_signal(signal.SIGKILL)
                process.wait()

    def start(self) -> subprocess.Popen[bytes]:
        """A worker, once it says that it runs."""
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.jobs", "--work", "--engine", self._engine],
            cwd=ROOT,
            env={**os.environ, **self._environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None  # noqa: S101
        process.stdout.readline()
        return process

    def enqueue(self, numbers: Sequence[int]) -> None:
        """Write jobs in one transaction, and let the engine know."""
        with unit_of_work() as session:
            jobs.enqueue_all((KIND, {"n": number}) for number in numbers)
            if self._engine == "procrastinate":
                session.execute(text(RING_ALL), {"first": numbers[0]})
        if self._engine == "dramatiq":
            ring_by_valkey(self._environment["BENCH_VALKEY"], due())

    def steady(self) -> list[float]:
        """For how many seconds each of some jobs waited that came one after the other."""
        started = []
        for number in range(STEADY):
            started.append(time.time())
            self.enqueue([10**6 + number])
            time.sleep(EVERY)
        until(
            lambda: int(self.ask("SELECT count(*) FROM bench_done WHERE n >= 1000000")) >= STEADY,
            "jobs",
        )
        with db.engine.connect() as connection:
            ended = dict(
                connection.execute(
                    text(
                        "SELECT n - 1000000, min(extract(epoch FROM at)) FROM bench_done WHERE n >= 1000000 GROUP BY n"
                    )
                ).all()  # type: ignore[arg-type]
            )
        return [float(ended[number]) - began for number, began in enumerate(started)]

    def wait_for(self, number: int, *, within: float) -> None:
        """Until so many are done; a database that is just coming back is asked again."""

        def are_done() -> bool:
            with contextlib.suppress(Exception):
                time.sleep(0.05)
                return int(self.ask("SELECT count(DISTINCT n) FROM bench_done")) >= number
            return False

        until(are_done, f"{number} jobs", within=within)

    def verify(self, number: int) -> tuple[int, int, int]:
        """How many of the numbers stand there once, not at all, more than once."""
        found = int(self.ask("SELECT count(DISTINCT n) FROM bench_done"))
        doubled = int(
            self.ask(
                "SELECT count(*) FROM (SELECT n FROM bench_done GROUP BY n HAVING count(*) > 1) AS d"
            )
        )
        self.is_wrong = self.is_wrong or found != number or doubled > 0
        return found - doubled, number - found, doubled

    def ask(self, statement: str) -> Any:
        """One value."""
        with db.engine.begin() as connection:
            result = connection.execute(text(statement))
            return result.scalar() if result.returns_rows else None

    def _of_engine(self) -> tuple[str, ...]:
        return ("procrastinate_jobs",) if self._engine == "procrastinate" else ()


@contextlib.contextmanager
def bench(engine: str) -> Iterator[Ground]:
    """A site on PostgreSQL, and Valkey where the engine needs it."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="shop-bench-"))
        url = servers.postgres().new_database()
        environment = {"SHOP_DATA_DIR": folder, "SHOP_DATABASE_URL": url, "SHOP_SECRET_KEY": KEY}
        valkey = stack.enter_context(servers.valkey())
        environment["BENCH_VALKEY"] = environment["SHOP_VALKEY_URL"] = valkey.url
        app = site(environment)
        stack.enter_context(app.app_context())
        migrations.upgrade_all()
        with db.engine.begin() as connection:
            connection.execute(
                text("CREATE TABLE bench_done (n bigint, at timestamptz DEFAULT clock_timestamp())")
            )
        if engine == "procrastinate":
            subprocess.run(
                [sys.executable, "-c", MAKE_TABLES.format(url=url)],
                cwd=ROOT,
                check=True,
                stderr=subprocess.DEVNULL,
            )
        yield Ground(app, engine, environment, valkey)
        db.session.remove()
        db.engine.dispose()


def site(environment: dict[str, str]) -> Flask:
    """The application, which knows one more kind of job."""
    app = create_app(
        Config(
            data_dir=Path(environment["SHOP_DATA_DIR"]),
            database_url=environment["SHOP_DATABASE_URL"],
            valkey_url=environment["SHOP_VALKEY_URL"],
            secret_key=KEY,
        )
    )
    with app.app_context():
        jobs.job_registry().add(JobKind(KIND, note))
    return app


def note(payload: dict[str, Any]) -> None:
    """The job: write its number down."""
    db.session.execute(text("INSERT INTO bench_done (n) VALUES (:n)"), payload)


# Workers


def work(engine: str) -> None:
    """Be a worker until the end."""
    app = site(dict(os.environ))
    {"rows": by_rows, "procrastinate": by_procrastinate, "dramatiq": by_dramatiq}[engine](app)


def say_ready() -> None:
    """Let the one who started this process go on."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def by_rows(app: Flask) -> None:
    """As `shop worker` does."""
    EmbeddedRunner(app, lanes=[Lane.USUAL], threads=1, tick_seconds=10**6).start()
    say_ready()
    threading.Event().wait()


def done_by_number(app: Flask) -> Callable[[int], None]:
    """Claims the row of a number and does it; what others have or had is left alone."""

    def do(job_id: int) -> None:
        with app.app_context():
            job = running.claim_job(job_id)
            if job is not None:
                running.run(job)

    return do


MAKE_TABLES = """
import asyncio, procrastinate
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo={url!r}))
async def make():
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
asyncio.run(make())
"""
RING_ALL = (
    "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args) "
    "SELECT 'usual', 'ring', 0, jsonb_build_object('job_id', id) FROM job "
    "WHERE state = 'waiting' AND attempts = 0 AND (payload->>'n')::bigint >= :first"
)


def by_procrastinate(app: Flask) -> None:
    """Its worker fetches numbers of rows from a table of its own."""
    import procrastinate

    do = done_by_number(app)
    url = os.environ["SHOP_DATABASE_URL"]
    engine = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))
    engine.task(name="ring", queue="usual")(do)
    say_ready()
    engine.run_worker(queues=["usual"], concurrency=1, delete_jobs="always")


def by_dramatiq(app: Flask) -> None:
    """Its worker fetches numbers of rows from Valkey; what Valkey lost is found by looking for rows that wait."""
    import dramatiq

    broker = valkey_broker(os.environ["BENCH_VALKEY"])
    dramatiq.actor(actor_name="ring", queue_name="usual", broker=broker)(done_by_number(app))
    dramatiq.Worker(broker, worker_threads=1).start()
    say_ready()
    do = done_by_number(app)
    while True:
        time.sleep(SWEEP_SECONDS)
        with contextlib.suppress(Exception), app.app_context():
            for job_id in due(since=SWEEP_SECONDS):
                do(job_id)


def valkey_broker(url: str) -> Any:
    """Dramatiq's way to a Valkey."""
    from dramatiq.brokers.redis import RedisBroker

    return RedisBroker(url=url.replace("valkey://", "redis://"), middleware=[])


def ring_by_valkey(url: str, job_ids: Sequence[int]) -> None:
    """Put numbers into the queue."""
    import dramatiq

    broker = valkey_broker(url)
    actor = dramatiq.actor(actor_name="ring", queue_name="usual", broker=broker)(
        lambda _job_id: None
    )
    for job_id in job_ids:
        actor.send(job_id)


def due(since: float = 0.0) -> Sequence[int]:
    """The numbers of rows that have waited for so many seconds."""
    with db.engine.connect() as connection:
        rows = connection.execute(
            db.select(Job.id)
            .where(Job.state == JobState.WAITING, Job.kind == KIND, Job.attempts == 0)
            .where(Job.run_at <= clock.now() - timedelta(seconds=since))
            .order_by(Job.id)
            .limit(10_000)
        )
        return [number for (number,) in rows]


# What it costs


def cpu_seconds(processes: Sequence[subprocess.Popen[bytes]]) -> float:
    """CPU that these processes and those of our PostgreSQL used so far."""
    ours = {process.pid for process in processes}
    server = (servers.postgres().folder / "pid").read_text().strip()
    total = 0.0
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            with contextlib.suppress(OSError):
                fields = (path / "stat").read_text().rpartition(")")[2].split()
                if int(path.name) in ours or fields[1] == server:
                    total += (int(fields[11]) + int(fields[12])) / TICK
    return total


if __name__ == "__main__":
    main()
