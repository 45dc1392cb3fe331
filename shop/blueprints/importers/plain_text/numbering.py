"""Which numbered lines are keys, and which are entries of a list.

A rule, not a guess line by line: keys are numbered from 1 without a gap, stand on a line each, and have prose between
them. Numbered lines that follow each other with nothing between are a list, however long its sentences are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shop.blueprints.importers.plain_text.blocks import Block, goes_on

LONGEST_KEY = 140
LONGEST_ENTRY = 100
FEWEST_KEYS = 2
MOST_BARE = 4
"""One key in four may have no prose of its own."""
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_WORDS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_IN_WORDS = {word: number for number, word in enumerate(_WORDS, start=1)}
_NUMBER = r"(?P<number>\d{1,3}|[ivxlc]{1,7}|" + "|".join(_IN_WORDS) + ")"
_AFTER = r"(?:[.):]|\s*[–—:]|\s+-)"
# `1. Own it`, `2) Own it`, `(3) Own it`, `#4 – Own it`, `IV. Own it`
_BARE = re.compile(
    rf"(?P<open>\(|#|No\.? ?)?{_NUMBER}{_AFTER}(?:\s+(?P<title>\S.*))?", re.IGNORECASE
)
# `Step 1: Own it`, `Key #2 – Own it`, `RULE THREE. Own it`, `Chapter 4`
_LABELLED = re.compile(
    rf"(?P<label>[^\W\d_]{{2,20}})\s+(?:#|No\.?\s?|Nr\.?\s?)?{_NUMBER}(?:{_AFTER}\s*(?P<title>.*))?",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"(\*\*|__)(.+)\1")


@dataclass(frozen=True, slots=True)
class Marker:
    """A line that begins with a number. `style` tells series apart: `1.` and `2)` are one, `I.` and `Step 1` others."""

    number: int
    title: str
    style: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A marked block at its place; `has_prose` says whether text follows before the next one."""

    place: int
    marker: Marker
    has_prose: bool


def marker_of(line: str) -> Marker | None:
    """What a numbered line says; None for any other."""
    plain = _without_emphasis(line)
    bare, labelled = _BARE.fullmatch(plain), _LABELLED.fullmatch(plain)
    found = bare or labelled
    if found is None:
        return None
    written = found["number"]
    if bare is not None:
        style = "figures" if written.isdecimal() else "roman"
        if written.casefold() in _IN_WORDS or (not bare["title"] and not bare["open"]):
            return None
    else:
        style = f"label {found['label'].casefold()}"
    number = _as_number(written)
    if number is None:
        return None
    title = _without_emphasis((found["title"] or "").strip())
    return Marker(number, title or (plain.rstrip(" .:)–—-") if labelled else ""), style)


def _without_emphasis(line: str) -> str:
    emphasised = _EMPHASIS.fullmatch(line)
    return emphasised[2].strip() if emphasised else line


def _as_number(written: str) -> int | None:
    word = written.casefold()
    if word.isdecimal():
        return int(word)
    if word in _IN_WORDS:
        return _IN_WORDS[word]
    values = [_ROMAN[letter] for letter in word]
    number = sum(
        -value if value < max(values[place:]) else value for place, value in enumerate(values)
    )
    return number if _roman(number) == word else None


def _roman(number: int) -> str:
    steps = {100: "c", 90: "xc", 50: "l", 40: "xl", 10: "x", 9: "ix", 5: "v", 4: "iv", 1: "i"}
    written = ""
    for value, letters in steps.items():
        count, number = divmod(number, value)
        written += letters * count
    return written


def split_key(block: Block, *, width: int) -> tuple[str, Block | None]:
    """The heading that a numbered block begins with, and the text that follows it in the same block.

    A heading may be wrapped as the text is: then it is all that stands before the blank line.
    """
    if len(block.lines) > 1 and _is_wrapped(block, width):
        return block.joined(), None
    return block.first, block.without_first()


def _is_wrapped(block: Block, width: int) -> bool:
    first, second = block.lines[:2]
    if marker_of(second.words) is not None:
        return False
    return second.words[:1].islower() or (
        goes_on(first, second, width=width) and not first.words.endswith((".", "!", "?", ":"))
    )


def apart_at_keys(block: Block, *, width: int) -> list[Block]:
    """A block in which a text without blank lines was typed, as one block for each numbered line and its text."""
    starts = [place for place, line in enumerate(block.lines) if marker_of(line.words)]
    if block.is_verbatim or len(starts) < FEWEST_KEYS:
        return [block]
    ends = [*starts[1:], len(block.lines)]
    parts = [Block(block.lines[start:end]) for start, end in zip(starts, ends, strict=True)]
    if not all(_has_text_below(part, width) for part in parts[:-1]):
        return [block]
    before = [Block(block.lines[: starts[0]])] if starts[0] else []
    return [*before, *parts]


def _has_text_below(part: Block, width: int) -> bool:
    _, rest = split_key(part, width=width)
    return rest is not None and not _belongs_to_entry(rest, part)


def _belongs_to_entry(after: Block, entry: Block) -> bool:
    """Whether what follows a numbered line is indented below it as a part of the list: all of it, and in short lines.

    A tab before a whole paragraph is how a typewriter begins one.
    """
    edge = entry.lines[0].indent + 2
    return (after.is_verbatim or after.is_tight) and all(
        line.indent >= edge and len(line.words) <= LONGEST_ENTRY
        for line in after.lines
        if line.words
    )


def keys_among(found: Sequence[Block], *, width: int) -> dict[int, Marker]:
    """The markers of the blocks that begin with a key, by the place of the block."""
    candidates = list(_candidates(found, width))
    keys: dict[int, Marker] = {}
    for style in dict.fromkeys(each.marker.style for each in candidates):
        series = [each for each in candidates if each.marker.style == style]
        for run in _runs(_groups(series)):
            bare = sum(not each.has_prose for each in run[:-1])
            if len(run) >= FEWEST_KEYS and bare * MOST_BARE <= len(run):
                keys.update((each.place, each.marker) for each in run)
    return keys


def _candidates(found: Sequence[Block], width: int) -> Iterator[_Candidate]:
    for place, block in enumerate(found):
        heading, rest = split_key(block, width=width)
        marker = None if block.is_verbatim else marker_of(heading)
        if marker is None or len(heading) > LONGEST_KEY:
            continue
        if rest is not None and _follows(marker, rest):
            continue  # a list, typed line below line
        after = found[place + 1] if rest is None and place + 1 < len(found) else rest
        has_prose = after is not None and not (
            _follows(marker, after) or _belongs_to_entry(after, block)
        )
        yield _Candidate(place, marker, has_prose)


def _follows(marker: Marker, block: Block) -> bool:
    """Whether a block begins with the next number of the same series."""
    after = marker_of(block.first)
    return after is not None and after.style == marker.style and after.number == marker.number + 1


def _groups(series: Sequence[_Candidate]) -> list[list[_Candidate]]:
    """What stands together without prose between."""
    groups: list[list[_Candidate]] = []
    for each in series:
        if groups and not groups[-1][-1].has_prose:
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _runs(groups: Sequence[list[_Candidate]]) -> Iterator[list[_Candidate]]:
    """Stretches that count from 1 without a gap. A group that counts from 1 is a list, and is passed over."""
    run: list[_Candidate] = []
    for group in groups:
        number = group[0].marker.number
        if number == 1 and len(group) == 1:
            yield run
            run = list(group)
        elif number == len(run) + 1 and number > 1:
            run += group
    yield run
