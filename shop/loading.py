"""How the code is loaded: without looking for what nobody needs any more, and without what only terminals need."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def to_stay() -> Iterator[None]:
    """Load what stays for as long as the process, and never look at it again.

    Python looks again and again for objects that nobody needs, through ever more of them as modules are loaded, and
    finds next to none: that is a sixth of a start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def without(name: str, in_its_place: ModuleType | None = None) -> Iterator[None]:
    """Load modules that would use another one if it was there, as if it was not (`sys.modules` in Python's manual).

    Those that insist on it find what is put in its place. Whoever imports it afterwards has the real one.
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = in_its_place  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
