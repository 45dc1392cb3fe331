"""What differs between two texts, word by word.

Paragraphs are compared first, and words only within those that changed: so it takes about as long as reading them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

MOST_COMPARED = 3_000
"""Words of one changed place on both sides; a longer one is shown as a whole. A comparison takes the square of it."""
MOST_LINES = 4_000
WORDS_AROUND = 30
"""Of what stayed the same, this many words are shown on each side of a change."""
_PIECES = re.compile(r"\s+|\w+|[^\w\s]")


class Change(StrEnum):
    """What became of some words."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    LEFT_OUT = "left-out"


@dataclass(frozen=True, slots=True)
class Passage:
    """Some words, and what became of them. One that is left out is long, is the same in both, and has no words."""

    change: Change
    words: str = ""


def word_differences(before: str, after: str) -> list[Passage]:
    """The text with what was removed and added; nothing where both are the same."""
    if before == after:
        return []
    return list(_shortened(_merged(_compared(before, after))))


def _compared(before: str, after: str) -> Iterator[Passage]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if len(old) + len(new) > MOST_LINES:
        yield from _replaced("".join(old), "".join(new))
        return
    for kind, from_, to, new_from, new_to in SequenceMatcher(a=old, b=new).get_opcodes():
        gone, come = "".join(old[from_:to]), "".join(new[new_from:new_to])
        if kind == "equal":
            yield Passage(Change.SAME, gone)
        else:
            yield from _words_compared(gone, come)


def _words_compared(before: str, after: str) -> Iterator[Passage]:
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if len(old) + len(new) > MOST_COMPARED:
        yield from _replaced(before, after)
        return
    for kind, from_, to, new_from, new_to in SequenceMatcher(
        a=old, b=new, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            yield Passage(Change.SAME, "".join(old[from_:to]))
        else:
            yield from _replaced("".join(old[from_:to]), "".join(new[new_from:new_to]))


def _replaced(before: str, after: str) -> Iterator[Passage]:
    if before:
        yield Passage(Change.REMOVED, before)
    if after:
        yield Passage(Change.ADDED, after)


def _merged(passages: Iterator[Passage]) -> list[Passage]:
    """Neighbours of one kind as one."""
    merged: list[Passage] = []
    for each in passages:
        if merged and merged[-1].change is each.change:
            merged[-1] = Passage(each.change, merged[-1].words + each.words)
        else:
            merged.append(each)
    return merged


def _shortened(passages: Sequence[Passage]) -> Iterator[Passage]:
    for index, each in enumerate(passages):
        if each.change is not Change.SAME:
            yield each
            continue
        pieces = re.findall(r"\s*\S+(?:\s+$)?", each.words)
        keep_start = WORDS_AROUND if index else 0
        keep_end = WORDS_AROUND if index < len(passages) - 1 else 0
        if len(pieces) <= keep_start + keep_end + WORDS_AROUND:
            yield each
            continue
        if keep_start:
            yield Passage(Change.SAME, "".join(pieces[:keep_start]))
        yield Passage(Change.LEFT_OUT)
        if keep_end:
            yield Passage(Change.SAME, "".join(pieces[-keep_end:]))
