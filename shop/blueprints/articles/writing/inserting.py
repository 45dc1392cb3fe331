"""What a writer finds to put into a text: links to what is public here, and what directives can show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from flask_babel import gettext as _

from shop.core import search
from shop.plugins import guarded, registry
from shop.plugins.api import Directive

MOST_FOUND = 8
"""Of each kind."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """Something to choose. `markdown` is what is put into the text, on lines of its own where it `is_block`."""

    label: str
    markdown: str
    is_block: bool = False


@dataclass(frozen=True, slots=True)
class InsertionGroup:
    """Things of one kind, below its heading."""

    heading: str
    found: list[Insertion]


def insertions(words: str) -> list[InsertionGroup]:
    """What is found by some words; kinds of which nothing is found are left out."""
    directives = [each for each in registry().directives if each.find is not None]
    groups = [InsertionGroup(_("Link to"), _links(words))]
    groups += [
        InsertionGroup(str(each.help or each.name), _shown_by(each, words)) for each in directives
    ]
    return [each for each in groups if each.found]


def _links(words: str) -> list[Insertion]:
    sources = [each.name for each in registry().search_sources]
    return [
        Insertion(found.title, f"[{_escaped(found.title)}]({found.url})")
        for found in search.find(words, sources, limit=MOST_FOUND)
    ]


def _shown_by(directive: Directive, words: str) -> list[Insertion]:
    def ask() -> list[Insertion]:
        found: Iterable[tuple[str, str]] = directive.find(words) if directive.find else ()
        return [
            Insertion(label, f"::{directive.name}[{argument}]", is_block=True)
            for label, argument in islice(found, MOST_FOUND)
        ]

    return guarded("directives", directive, ask, otherwise=[])


def _escaped(title: str) -> str:
    return title.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
