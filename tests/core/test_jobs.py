"""Work is done once, is tried again when it fails, and is never lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from shop.core import clock, jobs
from shop.core.app_state import app_state
from shop.core.jobs import Job, JobKind, JobState, Periodic
from shop.core.settings import SettingRow
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db


@pytest.fixture
def kind(app, monkeypatch):
    """Teach the application one kind of job for one test."""

    def teach(handle, **options):
        monkeypatch.setitem(jobs.job_registry().kinds, "test", JobKind("test", handle, **options))

    return teach


def only_job():
    db.session.rollback()
    return db.session.scalars(select(Job)).one()


def test_a_job_runs_once(app, kind):
    seen = []
    kind(seen.append)
    with unit_of_work():
        jobs.enqueue("test", {"n": 1})
    assert jobs.run_due() == 1
    assert jobs.run_due() == 0
    assert seen == [{"n": 1}]
    assert only_job().state == JobState.DONE


def test_a_failing_job_undoes_its_changes_and_waits_longer_each_time(app, kind):
    def fail(_payload):
        db.session.add(SettingRow(namespace="half", values={}, changed_at=clock.now()))
        db.session.flush()
        raise ValueError("no")

    kind(fail, max_attempts=3)
    with unit_of_work():
        jobs.enqueue("test")
    pauses = []
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False) as travel:
        with unit_of_work():
            only_job().run_at = clock.now()
        for _ in range(3):
            jobs.run_due()
            pauses.append(only_job().run_at - clock.now())
            travel.shift(timedelta(days=1))
    job = only_job()
    assert (job.state, job.attempts) == (JobState.DEAD, 3)
    assert "ValueError: no" in job.error
    assert timedelta(seconds=4) < pauses[0] < timedelta(seconds=6) < pauses[1]
    assert db.session.get(SettingRow, "half") is None


def test_its_siblings_are_untouched(app, kind):
    done = []

    def handle(payload):
        if payload["n"] == 0:
            raise ValueError
        done.append(payload["n"])

    kind(handle)
    with unit_of_work():
        for n in range(3):
            jobs.enqueue("test", {"n": n})
    jobs.run_due()
    assert done == [1, 2]


def test_a_lease_keeps_others_away_until_it_ends(app, kind):
    kind(lambda _payload: None)
    with unit_of_work():
        jobs.enqueue("test")
    assert jobs._claim(only_job().id, "somebody who dies") is not None
    assert jobs.run_due() == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        assert jobs.run_due() == 1


def test_who_lost_the_lease_undoes_what_he_did(app, kind):
    def slow(_payload):
        db.session.add(SettingRow(namespace="late", values={}, changed_at=clock.now()))
        db.session.execute(jobs.update(Job).values(lease="somebody else"))

    kind(slow)
    with unit_of_work():
        jobs.enqueue("test")
    assert jobs.run_due(limit=1) == 0
    assert db.session.get(SettingRow, "late") is None


def test_work_of_a_feature_that_is_off_waits_for_it(app):
    with unit_of_work():
        jobs.enqueue("nobody.knows")
    assert jobs.run_due() == 0
    assert only_job().state == JobState.WAITING


def test_a_dead_letter_can_be_taken_up_again(app, kind):
    failing = [True]

    def handle(_payload):
        if failing[0]:
            raise ValueError

    kind(handle, max_attempts=1)
    with unit_of_work():
        jobs.enqueue("test")
    jobs.run_due()
    assert only_job().state == JobState.DEAD
    failing[0] = False
    with unit_of_work():
        jobs.retry(only_job())
    jobs.run_due()
    assert only_job().state == JobState.DONE


def test_a_key_is_taken_once(app, kind):
    kind(lambda _payload: None)
    for _ in range(2):
        with unit_of_work():
            jobs.enqueue("test", unique_key="once")
    assert only_job().unique_key == "once"


def test_a_periodic_job_runs_once_a_slot_whoever_asks(app, monkeypatch):
    ran = []
    hourly = Periodic("test.hourly", timedelta(hours=1), lambda: ran.append(clock.now()))
    monkeypatch.setattr(app_state(), "jobs", jobs.JobRegistry(periodic=[hourly]))
    with time_machine.travel(datetime(2026, 1, 1, 10, 5, tzinfo=UTC), tick=False) as travel:
        for _ in range(3):
            jobs.schedule_periodic()
            jobs.run_due()
        assert len(ran) == 1
        travel.shift(timedelta(hours=1))
        jobs.schedule_periodic()
        jobs.run_due()
    assert len(ran) == 2


def test_a_runner_thread_does_what_is_committed(app, kind):
    import threading

    done = threading.Event()
    kind(lambda _payload: done.set())
    runner = jobs.EmbeddedRunner(app, poll_seconds=30, tick_seconds=3600)
    runner.start()
    try:
        with unit_of_work():
            jobs.enqueue("test")
        assert done.wait(60)
    finally:
        runner.stop()


def test_what_was_done_outside_is_written_down_though_the_database_is_busy_for_a_moment(
    app, kind, monkeypatch
):
    done, noted = [], []
    kind(lambda payload: done.append(payload) or (lambda: noted.append(1)), in_transaction=False)
    with unit_of_work():
        jobs.enqueue("test")
    close, busy = jobs._close, iter([True, True, False])

    def close_unless_busy(*arguments):
        if next(busy):
            raise OperationalError("UPDATE job", {}, Exception("database is locked"))
        close(*arguments)

    monkeypatch.setattr(jobs, "_close", close_unless_busy)
    assert jobs.run_due() == 1
    assert len(done) == 1
    assert only_job().state == JobState.DONE
