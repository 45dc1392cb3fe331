"""Limits hold while Valkey is away, and when it is back with or without what it knew."""

from __future__ import annotations

import pytest
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from shop.core.web.limits import limit_counters
from shop.core.web.limits.limit_counters import SharedCounters

LIMIT = parse("5 per hour")


class Away(Exception):
    """Nobody answers."""


class Valkey(MemoryStorage):
    """A Valkey that can be away, and that can forget."""

    STORAGE_SCHEME = None
    base_exceptions = (Away,)
    is_away = False

    def incr(self, key, expiry, amount=1):
        return self._if_there(super().incr, key, expiry, amount)

    def get(self, key):
        return self._if_there(super().get, key)

    def get_expiry(self, key):
        return self._if_there(super().get_expiry, key)

    def _if_there(self, answer, *arguments):
        if self.is_away:
            raise Away
        return answer(*arguments)


@pytest.fixture
def valkey(monkeypatch):
    monkeypatch.setattr(limit_counters, "PAUSE_SECONDS", 0.0)
    return Valkey()


@pytest.fixture
def process(valkey, monkeypatch):
    """A process that counts."""
    monkeypatch.setattr(limit_counters, "storage_from_string", lambda _uri, **_options: valkey)
    return lambda: FixedWindowRateLimiter(SharedCounters("shared+valkey://nowhere"))


def allowed(limiter, times):
    return sum(limiter.hit(LIMIT, "somebody") for _ in range(times))


def test_a_limit_goes_on_from_what_was_known_when_valkey_goes(valkey, process):
    one, other = process(), process()
    assert allowed(one, 2) + allowed(other, 2) == 4
    valkey.is_away = True
    assert allowed(other, 14) == 1
    assert allowed(one, 14) <= 3, "it has not heard of the other's last two"


@pytest.mark.parametrize("forgets", [True, False])
def test_what_was_counted_meanwhile_comes_back_with_it(valkey, process, forgets):
    """Twelve of fourteen got through where five may, when each return began anew."""
    one, other = process(), process()
    passed = allowed(one, 3)
    valkey.is_away = True
    passed += allowed(one, 4)
    valkey.is_away = False
    if forgets:
        valkey.storage.clear()
        valkey.expirations.clear()
    passed += allowed(one, 7)
    assert passed == 5
    assert allowed(other, 3) == 0


def test_control_without_the_counters_here_the_limit_begins_anew(valkey):
    plain = FixedWindowRateLimiter(valkey)
    passed = allowed(plain, 7)
    valkey.storage.clear()
    valkey.expirations.clear()
    assert passed + allowed(plain, 7) == 10


def test_a_window_that_ended_is_not_brought_back(valkey, process, monkeypatch):
    """Two clocks differ by a moment: what has just ended there must not be told again."""
    one = process()
    assert allowed(one, 7) == 5
    valkey.storage.clear()
    valkey.expirations.clear()
    assert allowed(one, 7) == 5


def test_its_going_and_its_coming_back_are_logged_once(valkey, process, monkeypatch):
    said = []
    monkeypatch.setattr(limit_counters.log, "warning", lambda event, **_: said.append(event))
    monkeypatch.setattr(limit_counters.log, "info", lambda event, **_: said.append(event))
    one = process()
    for valkey.is_away in (False, True, True, False, False):
        allowed(one, 2)
    assert said == ["limits.valkey_away", "limits.valkey_back"]


def test_a_valkey_that_does_not_answer_is_left_alone_for_a_while(valkey, process, monkeypatch):
    monkeypatch.setattr(limit_counters, "PAUSE_SECONDS", 60.0)
    asked = []
    valkey.is_away = True
    one = process()
    monkeypatch.setattr(
        valkey, "_if_there", lambda *_: asked.append(1) or (_ for _ in ()).throw(Away)
    )
    assert allowed(one, 9) == 5
    assert len(asked) == 1
