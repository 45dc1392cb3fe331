"""All processes of a host count together, and nothing is lost when one of them dies."""

from __future__ import annotations

import os
import time
import warnings

import pytest

from shop.core.observing import meters, request_watch
from shop.core.observing.meters import Meters
from shop.core.observing.request_watch import RequestFigures


@pytest.fixture
def counted(tmp_path):
    return Meters(tmp_path, ["sold", "shown"], ["busy"])


def in_another_process(act):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of other tests
        child = os.fork()
    if child == 0:
        act()
        os._exit(0)
    os.waitpid(child, 0)


def add(counted, **amounts):
    counted.add(*((counted.index[name], amount) for name, amount in amounts.items()))


def test_a_process_that_died_still_counts_but_is_not_busy(counted):
    add(counted, sold=1, busy=1)
    in_another_process(lambda: add(counted, sold=2, busy=1))
    assert counted.sums() == {"sold": 3, "shown": 0, "busy": 1}
    assert counted.processes() == 1


def test_who_comes_after_a_dead_process_goes_on_counting_where_it_ended(counted):
    add(counted, sold=1)
    for _ in range(meters.ROWS + 5):
        in_another_process(lambda: add(counted, sold=1, busy=1))
    assert counted.sums() == {"sold": meters.ROWS + 6, "shown": 0, "busy": 0}


def test_an_upgrade_that_counts_other_things_begins_anew(counted, tmp_path):
    add(counted, sold=1)
    assert Meters(tmp_path, ["sold"], ["busy"]).sums() == {"sold": 0, "busy": 0}


def test_on_a_full_disk_each_process_counts_for_itself(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(meters.os, "posix_fallocate", full)
    counted = Meters(tmp_path, ["sold"], [])
    add(counted, sold=1)
    assert counted.sums() == {"sold": 1}


def counted_requests(folder):
    """Where requests to one page are counted, and what another process reads."""
    names = request_watch.names_of(["page"])
    here, elsewhere = (Meters(folder, names, [request_watch.BUSY]) for _ in range(2))
    return RequestFigures(here, ["page"]), elsewhere


def test_other_processes_see_what_was_counted_after_a_second(tmp_path, monkeypatch):
    monkeypatch.setattr(request_watch, "HELD_SECONDS", 0.01)
    counting, elsewhere = counted_requests(tmp_path)
    for number in range(
        1, 3
    ):  # the second one is not put down by the thread that did so with the first
        counting.count("page", "kept", 200, 0.001)
        until = time.monotonic() + 60
        while elsewhere.sums()["way:kept"] < number:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert elsewhere.sums()["page:2xx"] == number


def test_other_processes_see_a_full_handful_at_once(tmp_path):
    counting, elsewhere = counted_requests(tmp_path)
    for _ in range(request_watch.HANDFUL):
        counting.count("page", "kept", 200, 0.25)
    sums = elsewhere.sums()
    assert (sums["way:kept"], sums["page:sum"]) == (
        request_watch.HANDFUL,
        request_watch.HANDFUL / 4,
    )
