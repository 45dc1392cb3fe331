"""Rate limits counted in Valkey: shared by processes, and no reason to wait when it is away.

Each process is a real one: the limiter is one object for all applications of a process.
"""

from __future__ import annotations

import contextlib
import threading

import pytest
from limits.storage import storage_from_string
from valkey import Valkey

from shop import app as application
from shop.core.web.limits import limit_counters
from tests import controls, data_folders, servers
from tests.core import writing_process
from tests.forks import forks


class Writer:
    """A process that writes to us whenever it is told to."""

    def __init__(self, folder, url):
        data_folders.made("sqlite", folder)
        self._pipe, theirs = forks().Pipe()
        self._process = forks().Process(target=writing_process.main, args=(folder, url, theirs))
        self._process.start()
        theirs.close()

    def write(self):
        """Status and seconds of one message."""
        self._pipe.send("write")
        return self._pipe.recv()

    def end(self):
        self._pipe.close()
        self._process.join(180)


@pytest.mark.parametrize("scheme", ["valkey", "redis"])
def test_processes_count_together_and_go_on_without_it(tmp_path, scheme):
    with servers.valkey() as valkey:
        one, other = (
            Writer(tmp_path / name, valkey.url.replace("valkey", scheme, 1)) for name in ("a", "b")
        )
        try:
            assert [one.write()[0] for _ in range(3)] == [303] * 3
            assert [other.write()[0] for _ in range(3)] == [303, 303, 429]
            with valkey.frozen():
                status, seconds = one.write()
                assert status == 303
                assert seconds < 5, "the client's own retries would take 14 seconds"
            valkey.kill()
            assert other.write()[0] == 429, "it knew of all when Valkey went"
        finally:
            one.end()
            other.end()


@pytest.fixture(scope="module")
def valkey():
    with servers.valkey() as valkey:
        yield valkey


def has_answered(valkey, within):
    """Whether a frozen server keeps nobody who counts for more than so many seconds."""
    there = storage_from_string(valkey.url, **application._short_patience())
    there.incr("asked", 60)

    def ask():
        with contextlib.suppress(there.base_exceptions):
            there.incr("asked", 60)

    asking = threading.Thread(target=ask)
    with valkey.frozen():
        asking.start()
        asking.join(within)
        is_waiting = asking.is_alive()
    asking.join()
    return not is_waiting


def test_a_frozen_valkey(valkey):
    """Nobody waits for it: the client's own retries would take 14 seconds, and without time-outs for ever."""
    assert has_answered(valkey, within=10.0)


def test_control_a_frozen_valkey(valkey):
    with controls.failing_without("short patience with Valkey"):
        assert has_answered(valkey, within=0.6)


def test_a_valkey_that_is_full_or_stands_by_counts_nothing_and_says_so(valkey):
    with Valkey.from_url(valkey.url) as client:
        assert limit_counters.why_nothing_counts(valkey.url) == ""
        client.config_set("maxmemory", "1")
        assert "maxmemory" in limit_counters.why_nothing_counts(valkey.url)
        client.config_set("maxmemory", "0")
        client.replicaof("127.0.0.1", "1")
        assert "read only" in limit_counters.why_nothing_counts(valkey.url)
        client.replicaof("NO", "ONE")
