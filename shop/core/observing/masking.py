"""What logs and notes of errors must not hold: people's addresses, values of rows, links that open something, keys."""

from __future__ import annotations

import re
import traceback

_NEVER_KEPT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What PostgreSQL stores in no text, what can't be encoded (halves of characters), and what does something to a
terminal or turns the words after it around: whoever reads a log is to see what stands there."""
_LONGEST = 20_000
"""Characters of an error that are looked at: to mask a megabyte takes seconds."""
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
    """A text for logs and notes of errors without people's addresses, values of rows, links that open, keys; fit to be
    stored.
    """
    for pattern, instead in _MASKS:
        text = pattern.sub(instead, text)
    return _NEVER_KEPT.sub("\ufffd", text)


def words_of(error: BaseException) -> str:
    """Type and message of an error, masked. Never raises: an error of others may not be able to say what it is."""
    try:
        return masked(f"{type(error).__name__}: {str(error)[:_LONGEST]}")
    except Exception as unsayable:  # noqa: BLE001 - it is raised by the error's own `__str__`
        return f"{type(error).__name__}: its words can’t be read ({type(unsayable).__name__})"


def story_of(error: BaseException) -> str:
    """The lines of a traceback, masked."""
    return masked("".join(traceback.format_exception(error))[-_LONGEST:])
