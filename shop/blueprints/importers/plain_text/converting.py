"""A plain text as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from shop.blueprints.importers.plain_text import blocks, layout, numbering
from shop.blueprints.importers.plain_text.blocks import Block
from shop.blueprints.importers.plain_text.numbering import Marker

_SIGNS = re.compile(r"[\W_]+")


def text_to_markdown(written: str, *, title: str = "") -> str:
    """A plain text as Markdown; one that is Markdown keeps its code, nesting and headings.

    Args:
        title: a first line that repeats it is left out, because the page shows it anyway.
    """
    is_markdown = blocks.is_markdown(written)
    typed = _without_title(blocks.blocks(written, is_markdown=is_markdown), title)
    width = blocks.wrap_width(typed)
    found = [part for block in typed for part in numbering.apart_at_keys(block, width=width)]
    keys = numbering.keys_among(found, width=width)
    return "\n\n".join(_written(found, keys, is_markdown=is_markdown, width=width))


def _without_title(typed: list[Block], title: str) -> list[Block]:
    if not typed or not title or _bare(typed[0].first) != _bare(title):
        return typed
    rest = typed[0].without_first()
    return [rest, *typed[1:]] if rest else typed[1:]


def _bare(line: str) -> str:
    return _SIGNS.sub(" ", line).strip().casefold()


def _written(
    found: Sequence[Block], keys: dict[int, Marker], *, is_markdown: bool, width: int
) -> Iterator[str]:
    for place, block in enumerate(found):
        after = found[place + 1] if place + 1 < len(found) else None
        rest: Block | None = block
        if place in keys:
            yield f"## {keys[place].number}. {keys[place].title}"
            _, rest = numbering.split_key(block, width=width)
        if rest is not None:
            yield layout.block_to_markdown(rest, after, is_markdown=is_markdown, width=width)
