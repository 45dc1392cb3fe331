"""A request as it came over the wire, read back and checked against the client's own TypedDicts.

Stricter than the type checker, which lets any string pass where the client lists the known ones (`Literal[...] | str`):
a word that the client doesn't list is refused here.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Hashable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from typing_extensions import is_typeddict

from shop.blueprints.payments_stripe.standin.errors import ApiError

Tree = dict[str, Any]


def decoded(form: str) -> Tree:
    """`a[b][0]=c` as `{"a": {"b": {"0": "c"}}}`."""
    tree: Tree = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        first, *rest = name.replace("]", "").split("[")
        node = tree
        for step in (first, *rest)[:-1]:
            node = node.setdefault(step, {})
        node[(first, *rest)[-1]] = value
    return tree


def checked(given: Tree, shape: type[Any], path: str = "") -> Tree:
    """The request with numbers, booleans and lists instead of words.

    Raises:
        ApiError: a parameter that the client doesn't know, lacks, or types otherwise; named as Stripe names it.
    """
    hints, required = _fields(shape)  # type: ignore[arg-type]
    unknown = sorted(given.keys() - hints.keys())
    if unknown:
        name = _named(path, unknown[0])
        raise ApiError(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    for name in sorted(required - given.keys()):
        lacking = _named(path, name)
        raise ApiError(
            f"Missing required param: {lacking}.", code="parameter_missing", param=lacking
        )
    return {name: _value(value, hints[name], _named(path, name)) for name, value in given.items()}


def _named(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


@lru_cache(maxsize=200)
def _fields(shape: Hashable) -> tuple[Mapping[str, Any], frozenset[str]]:
    from stripe import _request_options

    # What is inherited names things of its own module; this one is named for type checkers only.
    own = {**vars(_request_options), "StripeContext": Any}
    hints = get_type_hints(shape, vars(sys.modules[shape.__module__]), own)
    headers = _request_options.RequestOptions.__annotations__.keys()
    if headers <= hints.keys():
        hints = {name: hint for name, hint in hints.items() if name not in headers}
    return hints, frozenset(shape.__required_keys__)  # type: ignore[attr-defined]


def _value(value: Any, hint: Any, path: str) -> Any:
    options = _options(hint)
    if isinstance(value, dict):
        return _tree(value, options, path)
    words = [
        word for option in options if get_origin(option) is Literal for word in get_args(option)
    ]
    if words and (value in words or words != [""]):
        if value not in words:
            raise ApiError(f"Invalid {path}: must be one of {', '.join(words)}", param=path)
        return value
    for option in options:
        if option in _READERS:
            try:
                return _READERS[option](value)
            except (ValueError, InvalidOperation, KeyError):
                continue
    raise ApiError(f"Invalid value for {path}: {value!r}", param=path)


def _tree(value: Tree, options: list[Any], path: str) -> Any:
    for option in options:
        if get_origin(option) is list and set(value) == {str(n) for n in range(len(value))}:
            (inner,) = get_args(option)
            return [_value(value[str(n)], inner, f"{path}[{n}]") for n in range(len(value))]
        if is_typeddict(option):
            return checked(value, option, path)
        if get_origin(option) is dict:
            inner = get_args(option)[1]
            return {name: _value(each, inner, f"{path}[{name}]") for name, each in value.items()}
    raise ApiError(f"Invalid object: {path}", param=path)


def _options(hint: Any) -> list[Any]:
    origin = get_origin(hint)
    if origin in (NotRequired, Required):
        return _options(get_args(hint)[0])
    if origin is Union or isinstance(hint, types.UnionType):
        return [each for member in get_args(hint) for each in _options(member)]
    return [hint]


_READERS: Mapping[Any, Any] = {
    bool: {"true": True, "false": False}.__getitem__,
    int: int,
    float: float,
    Decimal: Decimal,
    str: str,
}
