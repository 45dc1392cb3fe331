"""Guards, switched off by name: the same attack must then succeed, or its test proves nothing.

A control stands beside the test of its attack: `with controls.without("line separators"): ...`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any
from unittest import mock

GUARDS: dict[str, tuple[str, Callable[..., Any]]] = {
    "line separators": ("shop.core.text.has_control_characters", lambda _value: False),
    "no password in plain text": ("shop.core.mail._encrypt", lambda _client, or_refuse: None),
}
"""What is put in the place of each guard, and where the guard is defined."""


@contextmanager
def without(*guards: str) -> Iterator[None]:
    """Take guards out, wherever they are known by name, for as long as this lasts."""
    patches = [patch for guard in guards for patch in _taken_out(guard)]
    with ExitStack() as stack:
        for patch in patches:
            stack.enter_context(patch)
        yield


def _taken_out(guard: str) -> Iterator[Any]:
    """A patch for the guard's own place, and one for each module that has imported it."""
    address, instead = GUARDS[guard]
    owner, name = _found(address)
    original = getattr(owner, name)
    yield mock.patch.object(owner, name, instead)
    for module in [each for key, each in sys.modules.items() if key.startswith("shop.")]:
        for known, value in vars(module).items():
            if value is original and module is not owner:
                yield mock.patch.object(module, known, instead)


def _found(address: str) -> tuple[Any, str]:
    """The object that a dotted address names the attribute of: a module, or a class in one."""
    path, _, name = address.rpartition(".")
    try:
        return import_module(path), name
    except ModuleNotFoundError:
        module, _, inner = path.rpartition(".")
        return getattr(import_module(module), inner), name
