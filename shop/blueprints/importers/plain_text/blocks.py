"""A text in blocks, which blank lines part, and what its lines tell of how it was typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shop.core import text

_FENCE = re.compile(r"(`{3,}|~{3,})")
_RULE = re.compile(r"([-=*_~])(?: ?\1){2,}")
_MARKDOWN = re.compile(
    r"^(?:`{3,}|~{3,}|#{1,6} +\S)|\[[^\]\n]{1,200}\]\([^)\s]{1,2000}\)|\*\*\S[^*\n]{0,200}\*\*",
    re.MULTILINE,
)
TAB = 4
NARROWEST = 40
LONGEST_WORD = 15
UNWRAPPED = 1_000_000


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line without its indent; `indent` is counted in columns, a tab to the next multiple of four."""

    words: str
    indent: int


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together.

    A verbatim one is copied as it is: code, and in Markdown what is indented. A tight one stands right below its
    heading, without a blank line.
    """

    lines: tuple[TypedLine, ...]
    is_verbatim: bool = False
    is_underlined: bool = False
    is_tight: bool = False

    @property
    def first(self) -> str:
        """The words of its first line."""
        return self.lines[0].words

    def without_first(self) -> Block | None:
        """What follows its first line."""
        return Block(self.lines[1:], is_tight=True) if len(self.lines) > 1 else None

    def as_written(self) -> str:
        """Its lines with their indents."""
        return "\n".join(" " * line.indent + line.words for line in self.lines)

    def joined(self) -> str:
        """Its lines in one."""
        return " ".join(line.words for line in self.lines)


def is_markdown(written: str) -> bool:
    """Whether it has what only Markdown has: a fence, a heading, a link, bold words."""
    return _MARKDOWN.search(written) is not None


def is_rule(line: str) -> bool:
    """Whether a line is a row of dashes or the like."""
    return _RULE.fullmatch(line) is not None


def blocks(written: str, *, is_markdown: bool) -> list[Block]:
    """The blocks of a text. Code between fences is one block, blank lines and all."""
    found: list[Block] = []
    held: list[TypedLine] = []
    fence = ""
    for line in map(_line, text.clean_block(written).split("\n")):
        if fence:
            held.append(line)
            if line.words.startswith(fence) and not line.words.strip(fence[0]):
                found.append(Block(tuple(held), is_verbatim=True))
                held, fence = [], ""
        elif opened := _FENCE.match(line.words):
            found.extend(_parted(held, is_markdown=is_markdown))
            held, fence = [line], opened[1]
        elif line.words:
            held.append(line)
        else:
            found.extend(_parted(held, is_markdown=is_markdown))
            held = []
    if fence:
        return [*found, Block(tuple(held), is_verbatim=True)]
    return [*found, *_parted(held, is_markdown=is_markdown)]


def _line(written: str) -> TypedLine:
    whole = written.rstrip()
    words = whole.lstrip()
    return TypedLine(words, len(whole[: len(whole) - len(words)].expandtabs(TAB)))


def _parted(lines: list[TypedLine], *, is_markdown: bool) -> Iterator[Block]:
    """One block, or the several that rows of dashes make of it."""
    if not lines:
        return
    if is_markdown and lines[0].indent > 1:
        yield Block(tuple(lines), is_verbatim=True)
        return
    held: list[TypedLine] = []
    for line in lines:
        if not is_rule(line.words) or _is_table(lines):
            held.append(line)
        elif _is_underline(line, held):
            yield Block(tuple(held), is_underlined=True)
            held = []
        else:
            yield from (Block(tuple(part)) for part in (held, [line]) if part)
            held = []
    if held:
        yield Block(tuple(held))


def _is_underline(line: TypedLine, above: list[TypedLine]) -> bool:
    """Whether a row stands below a single line, and is about as long."""
    return len(above) == 1 and line.words[0] in "=-~" and len(line.words) * 2 >= len(above[0].words)


def _is_table(lines: list[TypedLine]) -> bool:
    return all("|" in line.words for line in lines)


def wrap_width(found: Iterable[Block]) -> int:
    """The column at which the typist or the program began new lines; a huge one where lines were not wrapped.

    In a wrapped text most lines that go on end near the same column, and none is longer.
    """
    lengths = [_lengths(block) for block in found if not block.is_verbatim]
    going_on = [each for block in lengths for each in block[:-1]]
    longest = max(going_on, default=0)
    near = sum(each > longest - LONGEST_WORD for each in going_on)
    is_longest = all(each <= longest for block in lengths for each in block)
    if is_longest and longest >= NARROWEST and near * 2 >= len(going_on):
        return longest
    return UNWRAPPED


def _lengths(block: Block) -> list[int]:
    return [line.indent + len(line.words) for line in block.lines]


def goes_on(line: TypedLine, following: TypedLine, *, width: int) -> bool:
    """Whether a line only ended because the next word did not fit."""
    next_word = following.words.partition(" ")[0]
    return line.indent + len(line.words) + 1 + len(next_word) > width
