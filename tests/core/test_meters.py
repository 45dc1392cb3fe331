"""All processes of a host count together, and nothing is lost when one of them dies."""

from __future__ import annotations

import os
import warnings

import pytest

from shop.core.observing import meters
from shop.core.observing.meters import Meters


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
