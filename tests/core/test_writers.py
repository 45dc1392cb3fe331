"""Writers of SQLite come to their turn, and a visitor waits for one job at most."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from shop.core.database.writers import NORMAL, VISITORS_IN_A_ROW, LinedUpConnection, WritersLine


def called(*turns):
    return [turn.is_called for turn in turns]


def test_who_came_first_writes_first_and_visitors_before_jobs():
    line = WritersLine()
    jobs = [line.come(is_job=True) for _ in range(3)]
    visitors = [line.come(is_job=False) for _ in range(2)]
    assert called(*jobs, *visitors) == [True, False, False, False, False]
    line.leave(jobs[0])
    assert called(*jobs, *visitors) == [True, False, False, True, False]
    line.leave(visitors[0])
    assert called(*jobs, *visitors) == [True, False, False, True, True]
    line.leave(visitors[1])
    assert called(*jobs) == [True, True, False]


def test_a_job_comes_to_its_turn_however_many_visitors_there_are():
    line = WritersLine()
    present, job = line.come(is_job=False), line.come(is_job=True)
    for _ in range(VISITORS_IN_A_ROW):
        following = line.come(is_job=False)
        line.leave(present)
        assert (following.is_called, job.is_called) == (True, False)
        present = following
    line.come(is_job=False)
    line.leave(present)
    assert job.is_called


def test_who_gives_up_is_not_called_and_nobody_waits_for_them():
    line = WritersLine()
    present, hasty, patient = (line.come(is_job=False) for _ in range(3))
    line.leave(hasty)
    line.leave(present)
    assert called(hasty, patient) == [False, True]


@pytest.fixture
def connect(tmp_path):
    opened = []
    lines = {}

    def connection(process: str) -> LinedUpConnection:
        made = sqlite3.connect(
            Path(tmp_path, "shop.sqlite3"), isolation_level=None, factory=LinedUpConnection
        )
        made.line = lines.setdefault(process, WritersLine())
        opened.append(made)
        return made

    yield connection
    for each in opened:
        each.close()


def test_who_is_gone_without_leaving_keeps_the_others_waiting_once():
    line = WritersLine()
    line.come(is_job=False)  # and its thread, or its connection, is gone
    second, third = line.come(is_job=False), line.come(is_job=True)
    line.has_begun(second)  # it waited its whole time, and found the database free
    line.leave(second)
    assert third.is_called


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_the_end_of_a_transaction_calls_the_next(connect, end):
    first, second = connect("one"), connect("one")
    first.begin_writing(is_job=True, busy_ms=0)
    waiting = first.line.come(is_job=False)
    assert not waiting.is_called
    getattr(first, end)()
    assert waiting.is_called
    second.line.leave(waiting)
    second.begin_writing(is_job=True, busy_ms=0)
    assert second.in_transaction


@pytest.mark.parametrize("process", ["one", "another"])
def test_who_waits_in_vain_is_told_so_and_leaves_the_line(connect, process):
    first, second = connect("one"), connect(process)
    first.begin_writing(is_job=True, busy_ms=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        second.begin_writing(is_job=False, busy_ms=0)
    first.commit()
    with closing(second):
        second.begin_writing(is_job=False, busy_ms=0)
        assert second.in_transaction


FULL = 2


def level(connection):
    return connection.execute("PRAGMA synchronous").fetchone()[0]


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_only_what_may_be_lost_does_not_wait_for_the_disk(connect, end):
    file = connect("one")
    file.begin_writing(is_job=True, busy_ms=0, waits_for_disk=False)
    assert level(file) == NORMAL
    getattr(file, end)()
    assert level(file) == FULL


def test_who_writes_next_waits_for_the_disk_whatever_became_of_the_one_before(connect):
    file = connect("one")
    file.begin_writing(is_job=True, busy_ms=0, waits_for_disk=False)
    file.execute("ROLLBACK")  # as SQLite does by itself when the disk is full
    file.begin_writing(is_job=True, busy_ms=0)
    assert level(file) == FULL


def test_who_could_not_begin_waits_for_the_disk_again(connect):
    first, second = connect("one"), connect("another")
    first.begin_writing(is_job=True, busy_ms=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        second.begin_writing(is_job=True, busy_ms=0, waits_for_disk=False)
    assert level(second) == FULL
