"""Adds to the structured data of a page what plugins tell search engines of the thing that it shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel.speaklater import LazyString

from shop.core.web.structured_data import Thing, graph
from shop.plugins.guard import guarded
from shop.plugins.manager import registry
from shop.plugins.terms.read_models import ArticleView, ProductView
from shop.plugins.terms.shapes import bounded
from shop.plugins.types import StructuredData

MOST_CHARACTERS = 100_000


def described(things: Iterable[Thing], about: ArticleView | ProductView) -> Thing:
    """The graph of a page: our nodes, those of plugins with the same `@id` added to them, and their other ones."""
    nodes = [dict(thing) for thing in things]
    for source in registry().structured_data:
        if isinstance(about, source.about):
            for given in _given_by(source, about):
                _add(given, nodes)
    return graph(*nodes)


def _given_by(source: StructuredData, about: ArticleView | ProductView) -> list[Thing]:
    nothing: list[Thing] = []
    return guarded(
        "structured_data", source, lambda: _plain(source.nodes(about)), otherwise=nothing
    )


def _plain(given: Iterable[Mapping[str, Any]]) -> list[Thing]:
    """Nodes as JSON has them.

    Raises:
        TypeError: one is no mapping, or has no `@id`, or holds what JSON can't.
        ValueError: a number is infinite, or there is too much of it.
    """
    nodes = [dict(node) for node in bounded(given)]
    for node in nodes:
        if not isinstance(node.get("@id"), str):
            raise TypeError(f"a node has no @id: {sorted(map(str, node))}")
    written = json.dumps(nodes, allow_nan=False, default=_as_text)
    if len(written) > MOST_CHARACTERS:
        raise ValueError(f"{len(written)} characters; {MOST_CHARACTERS} at most")
    read: list[Thing] = json.loads(written)
    return read


def _as_text(value: object) -> str:
    if isinstance(value, LazyString):
        return str(value)
    raise TypeError(f"JSON can’t hold {value!r}")


def _add(given: Thing, nodes: list[Thing]) -> None:
    """What has the `@id` of a node of ours is added to it, in the lists inside as well, such as a product's offers."""
    same = next((node for node in nodes if node.get("@id") == given["@id"]), None)
    if same is None:
        nodes.append(given)
        return
    for name, value in given.items():
        ours = same.setdefault(name, value)
        if isinstance(ours, list) and isinstance(value, list) and ours is not value:
            same[name] = _together(ours, value)


def _together(ours: list[Any], theirs: list[Any]) -> list[Any]:
    nodes = [dict(each) if isinstance(each, dict) else each for each in ours]
    known = {each["@id"] for each in nodes if isinstance(each, dict) and "@id" in each}
    for each in theirs:
        if isinstance(each, dict) and each.get("@id") in known:
            _add(each, [node for node in nodes if isinstance(node, dict)])
        else:
            nodes.append(each)
    return nodes
