"""What logs and notes of errors must not hold: people's addresses, values of rows, links that open something, keys."""

from __future__ import annotations

import re

_MASKS = (
    # What PostgreSQL adds to an error: the row that it is about. In a repr() its line ends are two characters.
    (re.compile(r"(DETAIL|CONTEXT):.*?(?=\\n|\n|$)"), r"\1: (hidden)"),
    (re.compile(r"\[parameters: .*\]"), "[parameters: (hidden)]"),
    (re.compile(r"(://[^\s/:@]*):[^\s/@]+@"), r"\1:(hidden)@"),
    (re.compile(r"\b((?:sk|rk|pk|whsec)_)\w+"), r"\1(hidden)"),
    (re.compile(r"[\w.+%-]{1,64}@(?=[\w-]{1,63}\.)"), "(hidden)@"),
    # Link tokens, signed tokens and cookies: long, and of letters of both cases and digits.
    (
        re.compile(
            r"(?<![\w-])(?=[\w-]{0,200}[a-z])(?=[\w-]{0,200}[A-Z])(?=[\w-]{0,200}\d)[\w-]{32,}(?:\.[\w-]+)*",
            re.ASCII,
        ),
        "(hidden)",
    ),
)


def masked(text: str) -> str:
    """A text for logs and notes of errors without people's addresses, values of rows, links that open, keys."""
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return text
