"""Blocks that are no keys, written as Markdown: headings, lists, verse and prose."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shop.blueprints.importers.plain_text.blocks import (
    UNWRAPPED,
    Block,
    TypedLine,
    goes_on,
    is_rule,
)
from shop.blueprints.importers.plain_text.numbering import marker_of

LONGEST_HEADING = 80
LONGEST_VERSE = 60
LONGEST_WRAPPED = 120
FEWEST_VERSES = 3
_BULLET = re.compile(r"(?:(?P<sure>[•‣◦▪●■□·➢✓➤])\s*|(?P<dash>[-*+–—])\s+)(?P<words>\S.*)")
_FIGURES = re.compile(r"(?P<marker>\d{1,9}[.)])\s+(?P<words>\S.*)")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of a list: its sign, or none where it goes on with the line above, and its words."""

    sign: str
    words: str
    indent: int


def block_to_markdown(
    block: Block, following: Block | None, *, is_markdown: bool, width: int
) -> str:
    """One block as Markdown.

    Args:
        following: the block after it, which tells a heading in capitals from a last word.
        is_markdown: whether the text is Markdown already; then only bullets and underlines are rewritten.
    """
    if block.is_verbatim:
        return block.as_written()
    if is_rule(block.first):
        return "---"
    if block.is_underlined or (not is_markdown and _is_in_capitals(block, following)):
        return f"## {block.first}"
    if is_markdown:
        return _with_plain_bullets(block)
    return _list(block) or _prose(block, width)


def _is_in_capitals(block: Block, following: Block | None) -> bool:
    words = block.first
    return (
        len(block.lines) == 1
        and following is not None
        and len(following.first) > len(words)
        and words.isupper()
        and 3 < len(words) <= LONGEST_HEADING
        and not words.endswith((".", ",", ";", "!", "?"))
    )


def _with_plain_bullets(block: Block) -> str:
    def line_of(line: TypedLine) -> str:
        bullet = _BULLET.fullmatch(line.words)
        words = f"- {bullet['words']}" if bullet and bullet["sure"] else line.words
        return " " * line.indent + words

    return "\n".join(line_of(line) for line in block.lines)


def _list(block: Block) -> str:
    """A list with its nesting, and what introduces it; empty for anything else."""
    entries = [_entry(line) for line in block.lines]
    first = next((place for place, entry in enumerate(entries) if entry.sign), None)
    if first is None or not _is_list(block, entries, first):
        return ""
    written = "\n".join(_nested(entries[first:]))
    before = "\n".join(entry.words for entry in entries[:first])
    return f"{before}\n\n{written}" if before else written


def _entry(line: TypedLine) -> _Entry:
    bullet, figures = _BULLET.fullmatch(line.words), _FIGURES.fullmatch(line.words)
    if bullet is not None:
        return _Entry("-", bullet["words"], line.indent)
    if figures is not None:
        return _Entry(figures["marker"], figures["words"], line.indent)
    return _Entry("", line.words, line.indent)


def _is_list(block: Block, entries: Sequence[_Entry], first: int) -> bool:
    """One entry may be a dash in a dialogue or a year that begins a line; several, or a true bullet, are a list."""
    signs = [entry.sign for entry in entries if entry.sign]
    line = block.lines[first].words
    is_sure = line[0] in "•‣◦▪●■□➢✓➤" or (first == 0 and line[:2] in {"- ", "* "})
    if signs[0] == "-":
        return is_sure or signs.count("-") > 1
    return (first == 0 and len(signs[0]) < len("1000")) or (signs[0][:-1] == "1" and len(signs) > 1)


def _nested(entries: Sequence[_Entry]) -> Iterator[str]:
    open_lists: list[
        tuple[int, int]
    ] = []  # the indent of each list, and where the words of its entries begin
    for entry in entries:
        if entry.sign:
            while open_lists and entry.indent < open_lists[-1][0] + 2:
                open_lists.pop()
            start = open_lists[-1][1] if open_lists else 0
            open_lists.append((entry.indent, start + len(entry.sign) + 1))
            yield f"{' ' * start}{entry.sign} {entry.words}"
        else:
            yield " " * open_lists[-1][1] + entry.words


def _prose(block: Block, width: int) -> str:
    words = [_at_line_start(line.words) for line in block.lines]
    if max(map(len, words)) > LONGEST_WRAPPED:
        return "\n\n".join(words)  # nobody wrapped it: each line is a paragraph
    return ("\\\n" if _is_verse(block, width) else "\n").join(words)


def _at_line_start(words: str) -> str:
    """A number or a dash that begins a line of prose, kept from beginning a list."""
    figures, bullet = _FIGURES.fullmatch(words), _BULLET.fullmatch(words)
    if figures is not None:
        return f"{figures['marker'][:-1]}\\{figures['marker'][-1]} {figures['words']}"
    return f"\\{words}" if bullet and words[0] in "-*+" else words


def _is_verse(block: Block, width: int) -> bool:
    """Whether its line ends were meant: short lines, each of which could have been longer or begins with a capital."""
    lines = block.lines
    if len(lines) > 1 and all(marker_of(line.words) for line in lines):
        return True
    longest = max(len(line.words) for line in lines)
    if longest > LONGEST_VERSE or len(lines) < 2:
        return False
    if width != UNWRAPPED and width > longest:
        chosen = _chosen_ends(lines, width)
    elif len(lines) < FEWEST_VERSES:
        return False
    else:
        chosen = _chosen_ends(lines, longest)
    return chosen * 2 >= len(lines) - 1 or _begin_in_capitals(lines)


def _chosen_ends(lines: Sequence[TypedLine], width: int) -> int:
    return sum(not goes_on(line, after, width=width) for line, after in pairwise(lines))


def _begin_in_capitals(lines: Sequence[TypedLine]) -> bool:
    firsts = [next((sign for sign in line.words if sign.isalpha()), "") for line in lines]
    return len(lines) >= FEWEST_VERSES and all(first.isupper() for first in firsts)
