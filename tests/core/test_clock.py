"""The hosts of a site have one clock, the database server's, whatever their own say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from shop.core import clock, database, jobs
from shop.core.app_state import app_state
from shop.core.errors import Gone
from shop.core.jobs import JobKind, running, setting_back
from shop.core.secrets import tokens
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

DAY = timedelta(days=1)
on_postgresql = pytest.mark.parametrize("app", ["postgresql"], indirect=True)


@pytest.fixture
def host(app, monkeypatch):
    """Be another host of the site, whose own clock is so far ahead."""
    monkeypatch.setattr(clock, "_set_at", None)
    for name in ("ask_the_time", "keep_asking"):
        monkeypatch.setattr(database, name, getattr(database, name).__wrapped__)

    def become(ahead):
        clock._set_at = None
        travel = time_machine.travel(datetime.now(UTC) + ahead)
        raw = db.engine.raw_connection()
        try:
            with travel:
                database.ask_the_time(raw.driver_connection)
        finally:
            raw.close()
        return travel

    return become


@on_postgresql
def test_a_host_that_is_a_day_ahead_leaves_nothing_for_tomorrow(app, host, monkeypatch):
    done = []
    monkeypatch.setitem(jobs.job_registry().kinds, "test", JobKind("test", done.append))
    with host(DAY), unit_of_work():
        jobs.enqueue("test", {"order": 1})
    with host(-DAY):
        assert running.run_due() == 1
    assert done == [{"order": 1}]


@on_postgresql
def test_a_host_that_is_a_day_ahead_takes_no_lease_early(app, host, monkeypatch):
    monkeypatch.setitem(jobs.job_registry().kinds, "test", JobKind("test", lambda _payload: None))
    with host(timedelta()), unit_of_work():
        jobs.enqueue("test")
    with host(timedelta()):
        assert running.claim_jobs(tuple(jobs.Lane))
    with host(DAY):
        assert not running.claim_jobs(tuple(jobs.Lane))


@on_postgresql
def test_what_one_host_signs_another_takes(app, host):
    with host(DAY):
        token = tokens.sign("tests", 1)
    with host(-DAY):
        assert tokens.unsign("tests", token, max_age=60) == 1


@on_postgresql
def test_a_host_knows_how_far_its_own_clock_is_off(app, host):
    with host(DAY):
        assert clock.seconds_ahead() == pytest.approx(DAY.total_seconds(), abs=30)


@on_postgresql
def test_the_time_is_asked_for_again_after_a_while(app, host, monkeypatch):
    with host(timedelta()):
        timer = clock.timer
        wrong = clock.now() - DAY
        clock.set_to(wrong, asked_at=timer())
        monkeypatch.setattr(clock, "timer", lambda: timer() + database.ASK_EVERY + 1)
        raw = db.engine.raw_connection()
        database.keep_asking(raw.driver_connection)
        raw.close()
        assert clock.now() - wrong > DAY / 2


def test_an_answer_that_came_late_does_not_move_the_clock(monkeypatch):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(clock, "_set_at", None)
    monkeypatch.setattr(clock, "timer", lambda: 100.0)
    clock.set_to(at, asked_at=100.0)
    clock.set_to(at + DAY, asked_at=98.0)
    assert clock.now() == at


@pytest.fixture
def here(app, monkeypatch):
    """Travel with this machine's clock, as a site on SQLite does; the timer goes on."""
    monkeypatch.setattr(clock, "_set_at", None)
    with time_machine.travel(datetime(2026, 11, 22, 14, 20, 20, tzinfo=UTC), tick=False) as travel:
        yield travel


def test_nothing_waits_for_what_was_already_because_the_clock_was_set_back(app, here, monkeypatch):
    done, tried = [], []
    often = jobs.Periodic("test.often", timedelta(minutes=2), lambda: done.append("often"))
    known = jobs.JobRegistry(periodic=[often])
    known.add(JobKind("test", lambda payload: done.append(payload["what"])))
    known.add(JobKind("fails", lambda _payload: tried.append(1) or 1 / 0))
    monkeypatch.setattr(app_state(), "jobs", known)
    with unit_of_work():
        jobs.enqueue("fails")
    running.run_due()
    here.shift(timedelta(minutes=10))
    jobs.schedule_periodic()
    running.run_due()
    here.shift(timedelta(minutes=30))
    running.run_due()
    with unit_of_work():
        jobs.enqueue("test", {"what": "an order"})
        jobs.enqueue("test", {"what": "in a minute"}, run_at=clock.now() + timedelta(minutes=1))
        jobs.enqueue("test", {"what": "in a day"}, run_at=clock.now() + DAY)
        jobs.enqueue("test", {"what": "of one who died"})
    [*_, died] = db.session.scalars(select(jobs.Job.id).order_by(jobs.Job.id)).all()
    db.session.rollback()
    running.claim_job(died)
    jobs.schedule_periodic()

    here.shift(-timedelta(minutes=30, seconds=10))
    setting_back.let_nothing_wait()
    jobs.schedule_periodic()
    running.run_due()

    assert sorted(done) == ["an order", "often", "often", "often"]
    here.shift(timedelta(minutes=2))
    running.run_due()
    assert set(done) == {"an order", "in a minute", "of one who died", "often"}
    assert (len(done), len(tried)) == (6, 4)
    assert setting_back.let_nothing_wait() == 0


def test_a_clock_that_was_set_back_is_noticed_once(app, here, monkeypatch):
    timer = [0.0]
    monkeypatch.setattr(clock, "timer", lambda: timer[0])
    watch = setting_back.ClockWatch()
    assert watch.was_set_back()  # nobody knows what was before
    timer[0] += 20
    here.shift(timedelta(seconds=20))
    assert not watch.was_set_back()
    timer[0] += 20
    here.shift(timedelta(hours=-1))
    assert watch.was_set_back()
    assert not watch.was_set_back()


def test_what_was_signed_before_the_clock_was_set_back_is_new_and_ends(app, here):
    token = tokens.sign("test", "Ruth")
    here.shift(timedelta(hours=-1))
    assert tokens.unsign("test", token, max_age=60) == "Ruth"
    here.shift(timedelta(hours=1, seconds=61))
    with pytest.raises(Gone):
        tokens.unsign("test", token, max_age=60)
