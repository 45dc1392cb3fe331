"""Texts that plugins give to be worked out when they are shown, such as translated labels: none fails the page around.

A label of a gate stands in every article's form, that of an importer in `shop import --help`. Where one can't be read,
the name of what it is stands in its place; it is counted, and the page is not kept.
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import Any

from flask import has_app_context
from flask_babel.speaklater import LazyString

from shop.core.errors import ends_process
from shop.core.pages.page_cache import INCOMPLETE, made_of
from shop.plugins.guard import count_failure
from shop.plugins.terms.shapes import fits

LONGEST = 10_000


class SafeText(LazyString):  # type: ignore[misc]  # the library has no types
    """A text of a plugin, or what stands in its place where it can't be worked out."""

    def __init__(self, text: LazyString, plugin: str, hook: str, otherwise: str) -> None:
        super().__init__(_said, text, plugin, hook, otherwise)


def _said(text: LazyString, plugin: str, hook: str, otherwise: str) -> str:
    try:
        return _short(str(text))
    except BaseException as error:
        if ends_process(error):
            raise
        if has_app_context():
            made_of(INCOMPLETE)
            count_failure(plugin, hook, otherwise, error)
        return otherwise


def _short(said: str) -> str:
    if len(said) > LONGEST or not fits(said, str):
        raise ValueError("it is too long, or can’t be encoded")
    return said


def make_texts_safe(item: Any, plugin: str, hook: str) -> None:
    """Put a `SafeText` in the place of each text of a dataclass, and of what its fields say of themselves."""
    if not dataclasses.is_dataclass(item):
        return
    if isinstance(item, type):
        _make_labels_safe(item, plugin, hook)
        return
    named = getattr(item, "name", "")
    name = named if named and isinstance(named, str) else hook
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        make_texts_safe(value, plugin, hook)
        if (safe := _safe(value, plugin, hook, name)) is not value:
            object.__setattr__(
                item, field.name, safe
            )  # it may be frozen; its text stays what it is


def _make_labels_safe(kind: type[Any], plugin: str, hook: str) -> None:
    for field in dataclasses.fields(kind):
        said = {
            key: _safe(value, plugin, hook, field.name) for key, value in field.metadata.items()
        }
        field.metadata = MappingProxyType(said)


def _safe(value: Any, plugin: str, hook: str, otherwise: str) -> Any:
    if isinstance(value, LazyString):
        is_safe = isinstance(value, SafeText)
        return value if is_safe else SafeText(value, plugin, hook, otherwise)
    if type(value) is not tuple:
        return value
    members = tuple(_safe(each, plugin, hook, otherwise) for each in value)
    is_same = all(one is other for one, other in zip(members, value, strict=True))
    return value if is_same else members
