"""What one process changes, every other one notices."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from shop.config import ConfigError
from shop.core.changes.purge import SLOTS, PurgeBoard, slot_of


@pytest.fixture
def path(tmp_path):
    return tmp_path / "board"


def test_a_purge_makes_what_is_older_stale(path):
    board = PurgeBoard(path)
    since = board.sequence
    slots = (slot_of("article:1"),)
    assert board.is_fresh(slots, since)
    board.purge(["article:1"])
    assert not board.is_fresh(slots, since)
    assert board.is_fresh(slots, board.sequence)


def test_other_tags_stay_fresh(path):
    board = PurgeBoard(path)
    since = board.sequence
    board.purge(["article:1"])
    assert board.is_fresh((slot_of("article:2"),), since)


def test_while_the_number_of_the_board_stands_nothing_becomes_stale(path):
    board = PurgeBoard(path)
    changes = (
        lambda: board.announce(["article:1"]),
        lambda: board.purge(["article:1"]),
        board.purge_everything,
    )
    for change in changes:
        before = board.sequence
        change()
        assert board.sequence > before


def test_a_death_between_commit_and_purge_leaves_nothing_wrong(path):
    PurgeBoard(path).announce(["article:1"])  # and then the process is gone
    board = PurgeBoard(path)
    assert not board.is_fresh((slot_of("article:1"),), board.sequence)
    board.purge(["article:1"])
    assert board.is_fresh((slot_of("article:1"),), board.sequence)


def test_another_process_is_heard_at_once(path):
    board = PurgeBoard(path)
    since = board.sequence
    code = "import sys, shop.core.changes.purge as purge; purge.PurgeBoard(purge.Path(sys.argv[1])).purge(['x'])"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    assert not board.is_fresh((slot_of("x"),), since)


def test_its_room_on_the_disk_is_taken_when_it_is_made(path):
    PurgeBoard(path)
    assert path.stat().st_blocks * 512 >= (SLOTS + 1) * 8


def test_a_full_disk_is_told_at_the_start(path, monkeypatch):
    def full(*_given):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(ConfigError, match=r"No space left.*free some space"):
        PurgeBoard(path)
