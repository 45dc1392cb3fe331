"""Guards, switched off by name: the same attack must then succeed, or its test proves nothing.

A control stands beside the test of its attack and runs the body of that test once more:

    @controls.on_sqlite
    def test_control_csrf(client):
        with controls.failing_without("cross-site guard"):
            test_csrf(client, {"Sec-Fetch-Site": "cross-site"})

Where an attack meets two guards one behind the other, both are taken out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pkgutil import resolve_name
from typing import Any
from unittest import mock

import pytest

from tests.guards import GUARDS

on_sqlite = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
"""For a control of a guard that no transaction is part of: one database is enough."""


@contextmanager
def without(*guards: str) -> Iterator[None]:
    """Take guards out, wherever they are known by name, for as long as this lasts."""
    patches = [patch for guard in guards for patch in _taken_out(guard)]
    with ExitStack() as stack:
        for patch in patches:
            stack.enter_context(patch)
        yield


@contextmanager
def failing_without(*guards: str) -> Iterator[None]:
    """The body of a test, with guards taken out: one of its claims must fail, and not because the site broke down."""
    with without(*guards), pytest.raises((AssertionError, pytest.fail.Exception)) as failure:
        yield
    assert "assert 500 " not in str(failure.value), "without the guard the site breaks down"


def _taken_out(guard: str) -> Iterator[Any]:
    """A patch for each place of the guard, and one for each module that has imported it from there."""
    for address, instead in GUARDS[guard].items():
        path, _, name = address.rpartition(".")
        owner = resolve_name(path)
        original = getattr(owner, name)
        yield mock.patch.object(owner, name, instead)
        if getattr(original, "__module__", "") == getattr(owner, "__name__", None):
            yield from _where_imported(original, owner, instead)


def _where_imported(original: Any, owner: Any, instead: Any) -> Iterator[Any]:
    for module in [each for key, each in sys.modules.items() if key.startswith("shop.")]:
        for known, value in vars(module).items():
            if value is original and module is not owner:
                yield mock.patch.object(module, known, instead)
