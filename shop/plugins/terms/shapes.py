"""Whether what a plugin gives has the types that it is declared with: no type checker has seen a stranger's code.

Looks as deep as is needed to fail at once and in words: at each field of a dataclass, into unions, tuples and sets.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
from collections.abc import Callable as AnyCallable
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from flask_babel.speaklater import LazyString

T = TypeVar("T")

_LONGEST = 60
_HALF = re.compile("[\ud800-\udfff]")
MOST_GIVEN = 1_000
_LOOKED_INTO = (str, datetime)
"""Types of which not every value fits."""


def fitting(value: object, kind: type[T]) -> T:
    """The same value, of this type and with fields that fit.

    Raises:
        TypeError: it is not. The text says what it is instead.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{_shown(value)} is no {kind.__name__}")
    if problem := wrong_field(value):
        raise TypeError(problem)
    return value


def bounded(items: Iterable[T], most: int = MOST_GIVEN) -> Iterator[T]:
    """The same things, one after the other, while they are not too many: for one page, a thousand.

    Raises:
        ValueError: they are more: they may never end.
    """
    for number, item in enumerate(items):
        if number == most:
            raise ValueError(f"more than {most} things were given")
        yield item


def wrong_field(item: object) -> str:
    """What is wrong with the fields of a dataclass, in words; empty when nothing is, or when it is no dataclass."""
    if not dataclasses.is_dataclass(item) or isinstance(item, type):
        return ""
    kind = type(item)
    for name, hint in _hints(kind).items():
        value = getattr(item, name)
        if (type(value) is not hint or hint in _LOOKED_INTO) and not fits(value, hint):
            return f"{kind.__name__}.{name} is {_shown(value)}, but must be {_named(hint, value)}"
    return ""


def fits(value: object, hint: Any) -> bool:
    """Whether a value is of the type that a hint names. Text may be a lazy string, and a number is no truth value."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, each) for each in get_args(hint))
    if origin is Literal:
        return value in get_args(hint)
    if origin is AnyCallable:
        return callable(value)
    if origin is type:
        return isinstance(value, type)
    if origin is not None:
        return isinstance(value, origin) and _members_fit(value, origin, get_args(hint))
    return _is_a(value, hint)


def _is_a(value: object, kind: Any) -> bool:
    if kind is None:
        return value is None
    if kind is Any:  # a class, since Python 3.11, of which nothing is an instance
        return True
    if not isinstance(kind, type) or getattr(kind, "_is_protocol", False):
        return True
    if kind is str:
        return isinstance(value, LazyString) or (isinstance(value, str) and _can_be_sent(value))
    if kind is datetime:
        return isinstance(value, datetime) and value.tzinfo is not None
    if kind in (int, float):
        return isinstance(value, (int, kind)) and not isinstance(value, bool)
    return isinstance(value, kind)


def _can_be_sent(text: str) -> bool:
    """Whether it holds no halves of characters (lone surrogates) and no zero bytes, which no database takes."""
    return "\x00" not in text and (text.isascii() or _HALF.search(text) is None)


def _members_fit(value: Any, origin: Any, hints: tuple[Any, ...]) -> bool:
    if not isinstance(value, (tuple, list, set, frozenset)) or not hints:
        return True
    if origin is tuple and hints[-1] is not Ellipsis:
        return len(value) == len(hints) and all(map(fits, value, hints))
    members: Collection[Any] = value
    return all(fits(each, hints[0]) for each in members)


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    try:
        hints = get_type_hints(kind)
    except NameError:  # it imports a name for type checkers alone
        return {}
    return {each.name: hints[each.name] for each in dataclasses.fields(kind)}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _named(hint: Any, value: object) -> str:
    if hint is datetime:
        return "a datetime with a time zone"
    if hint is str and isinstance(value, str):
        return "text that can be encoded"
    return hint.__name__ if inspect.isclass(hint) else str(hint).replace("typing.", "")
