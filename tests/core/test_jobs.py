"""Work is done once, is tried again when it fails, and is never lost."""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from shop.core import clock, jobs, settings
from shop.core.app_state import app_state
from shop.core.jobs import Job, JobKind, JobState, Lane, Periodic
from shop.core.jobs import runner as job_runner
from shop.core.jobs import running as job_running
from shop.core.jobs.runner import EmbeddedRunner
from shop.core.retention import RetentionSettings
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
    assert job_running.run_due() == 1
    assert job_running.run_due() == 0
    assert seen == [{"n": 1}]
    assert only_job().state == JobState.DONE


@pytest.mark.parametrize("in_transaction", [True, False])
def test_what_a_handler_returns_without_meaning_it_means_nothing(app, kind, in_transaction):
    kind(lambda _payload: 7, in_transaction=in_transaction)
    with unit_of_work():
        jobs.enqueue("test")
    assert job_running.run_due() == 1
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
            job_running.run_due()
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
    job_running.run_due()
    assert done == [1, 2]


def test_a_lease_keeps_others_away_until_it_ends(app, kind):
    kind(lambda _payload: None)
    with unit_of_work():
        jobs.enqueue("test")
    assert job_running.claim_job(only_job().id) is not None  # by somebody who dies
    assert job_running.run_due() == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        assert job_running.run_due() == 1


def test_who_lost_the_lease_undoes_what_he_did(app, kind):
    def slow(_payload):
        db.session.add(SettingRow(namespace="late", values={}, changed_at=clock.now()))
        db.session.execute(update(Job).values(lease="somebody else"))

    kind(slow)
    with unit_of_work():
        jobs.enqueue("test")
    assert job_running.run_due(limit=1) == 0
    assert db.session.get(SettingRow, "late") is None


def test_work_of_a_feature_that_is_off_waits_for_it(app):
    with unit_of_work():
        jobs.enqueue("nobody.knows")
    assert job_running.run_due() == 0
    assert (only_job().state, only_job().attempts) == (JobState.WAITING, 0)


def test_new_work_that_nobody_here_knows_is_asked_about_soon_and_old_work_hourly(app):
    # While a site is upgraded, a worker of the version before meets what the next one puts aside.
    with unit_of_work():
        jobs.enqueue("nobody.knows")
    for later, pause in (
        (timedelta(), timedelta(minutes=1)),
        (timedelta(days=1), timedelta(hours=1)),
    ):
        with time_machine.travel(datetime.now(UTC) + later, tick=False):
            job_running.run_due()
            assert only_job().run_at == clock.now() + pause


def test_a_dead_letter_can_be_taken_up_again(app, kind):
    failing = [True]

    def handle(_payload):
        if failing[0]:
            raise ValueError

    kind(handle, max_attempts=1)
    with unit_of_work():
        jobs.enqueue("test")
    job_running.run_due()
    assert only_job().state == JobState.DEAD
    failing[0] = False
    with unit_of_work():
        jobs.retry(only_job())
    job_running.run_due()
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
            job_running.run_due()
        assert len(ran) == 1
        travel.shift(timedelta(hours=1))
        jobs.schedule_periodic()
        job_running.run_due()
    assert len(ran) == 2


def test_a_runner_thread_does_what_is_committed(app, kind):
    done = threading.Event()
    kind(lambda _payload: done.set())
    runner = EmbeddedRunner(app, poll_seconds=30)
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
    close, busy = job_running._close, iter([True, True, False])

    def close_unless_busy(*arguments):
        if next(busy):
            raise OperationalError("UPDATE job", {}, Exception("database is locked"))
        close(*arguments)

    monkeypatch.setattr(job_running, "_close", close_unless_busy)
    assert job_running.run_due() == 1
    assert len(done) == 1
    assert only_job().state == JobState.DONE


def test_a_job_that_ends_its_process_each_time_is_given_up(app, kind):
    kind(lambda _payload: None, max_attempts=2)
    with unit_of_work():
        jobs.enqueue("test")
    with time_machine.travel(datetime.now(UTC), tick=False) as travel:
        for _ in range(2):
            assert job_running.claim_jobs([Lane.USUAL])
            travel.shift(timedelta(minutes=2))
        assert job_running.run_due() == 0
    assert (only_job().state, only_job().attempts) == (JobState.DEAD, 3)


def test_whatever_a_handler_raises_ends_its_job_alone(app, kind):
    kind(lambda _payload: sys.exit(3), max_attempts=1)
    with unit_of_work():
        jobs.enqueue("test")
    assert job_running.run_due() == 0
    assert only_job().state == JobState.DEAD


def test_what_was_claimed_and_not_begun_goes_back_untried(app, kind):
    kind(lambda _payload: None)
    with unit_of_work():
        jobs.enqueue("test")
    job_running.return_jobs(job_running.claim_jobs([Lane.USUAL], 10))
    assert (only_job().attempts, only_job().lease) == (0, None)
    assert job_running.run_due() == 1


def test_each_feature_and_plugin_has_its_lane(app):
    lanes = {kind.name: kind.lane for kind in jobs.job_registry().kinds.values()}
    assert lanes["mail.send"] is Lane.MAIL
    assert lanes["event:orders.confirm"] is lanes["periodic:payments.reconcile"] is Lane.MONEY
    assert lanes["event:articles.keep_found_ArticlePublished"] is Lane.USUAL
    assert lanes["periodic:jobs.forget_done"] is Lane.SLOW


@pytest.fixture
def running(app):
    """Start a runner that looks often."""
    runner = EmbeddedRunner(app, poll_seconds=0.02, tick_seconds=3600)
    yield runner.start
    runner.stop()


def test_no_lane_waits_for_another(app, kind, monkeypatch, running):
    """What hangs here is a mail server; the order behind it is delivered all the same."""
    hangs, sent, paid = threading.Event(), threading.Event(), threading.Event()
    kinds = jobs.job_registry().kinds

    def send(_payload):
        sent.set()
        hangs.wait(60)

    for name, handle, lane in (
        ("send", send, Lane.MAIL),
        ("deliver", lambda _: paid.set(), Lane.MONEY),
    ):
        monkeypatch.setitem(kinds, name, JobKind(name, handle, in_transaction=False, lane=lane))
    with unit_of_work():
        jobs.enqueue("send")
    running()
    assert sent.wait(60)
    with unit_of_work():
        jobs.enqueue("deliver")
    assert paid.wait(60)
    hangs.set()


def test_a_job_that_is_stuck_in_a_transaction_is_undone_and_its_lane_goes_on(
    app, kind, monkeypatch, running
):
    hangs, held, went_on = threading.Event(), threading.Event(), threading.Event()

    def hang(_payload):
        db.session.add(SettingRow(namespace="stuck", values={}, changed_at=clock.now()))
        db.session.flush()
        held.set()
        hangs.wait(60)

    is_late = property(lambda hand: hand.job.kind == "test" and held.is_set())
    monkeypatch.setattr(job_runner._Hand, "is_late", is_late)  # no clock: the machine may be busy
    kind(hang, max_attempts=1)
    monkeypatch.setitem(
        jobs.job_registry().kinds, "next", JobKind("next", lambda _payload: went_on.set())
    )
    with unit_of_work():
        jobs.enqueue("test")
    running()
    assert held.wait(60)
    with unit_of_work():  # SQLite has one writer, so this waits until the stuck one is undone
        jobs.enqueue("next")
    assert went_on.wait(60)
    hangs.set()
    db.session.rollback()
    stuck = db.session.scalars(select(Job).where(Job.kind == "test")).one()
    assert stuck.state == JobState.DEAD
    assert "TookTooLong" in stuck.error
    assert db.session.get(SettingRow, "stuck") is None


def test_what_is_done_is_kept_for_as_long_as_the_owner_says(app, kind):
    kind(lambda _payload: None)
    with unit_of_work():
        jobs.enqueue("test")
    job_running.run_due()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=6)), unit_of_work():
        jobs.forget_done()
    assert only_job().state == JobState.DONE
    with time_machine.travel(datetime.now(UTC) + timedelta(days=6)), unit_of_work():
        settings.change(RetentionSettings, {"sent_mail_days": 90, "done_job_days": 5})
        jobs.forget_done()
    assert db.session.scalars(select(Job)).all() == []
