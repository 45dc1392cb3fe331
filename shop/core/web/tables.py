"""Rows of a table that can be read without its head: a phone shows each of them as a card."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, repeat

from markupsafe import Markup, escape

_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(?:td|th)\b")
_BLANK = re.compile(r"(<td\b[^>]*>)\s+</td>")

Heading = str | tuple[str, str]
"""Words above a column, or words and the side at which its values stand."""


def with_headings(rows: str, headings: Sequence[Heading]) -> Markup:
    """Each value of the rows gets the words above its column as `data-label`, where there are any. A row with other
    cells than columns, such as one cell across all of them, stays as it is. Cells of white space alone become empty,
    so that a style sheet can pass over them.
    """
    words = [each if isinstance(each, str) else each[0] for each in headings]

    def labelled(row: re.Match[str]) -> str:
        if len(_CELL.findall(row[0])) != len(words):
            return row[0]
        left = chain(words, repeat(""))
        return _CELL.sub(lambda cell: cell[0] + _said(next(left), cell[0]), row[0])

    cells = _BLANK.sub(r"\1</td>", str(rows))
    return Markup(_ROW.sub(labelled, cells))  # noqa: S704 - our own templates', escaped already


def _said(word: str, cell: str) -> str:
    return f' data-label="{escape(word)}"' if word and cell == "<td" else ""
