"""Why a page was found: the part of its text with the words that were asked for, marked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from shop.core.search import search_words
from shop.core.text import excerpt

LENGTH = 220
BEFORE = 60
# Beyond this no mark is looked for: a page of results reads twenty texts.
SEARCHED = 40_000
_ACCENT = "[\u0300-\u036f]*"


def snippet(body: str, words: Sequence[str], otherwise: str) -> Markup:
    """The text around the first word found, else `otherwise`; escaped, the words in `<mark>`."""
    pattern = _pattern(words)
    match = pattern.search(body, 0, SEARCHED) if pattern else None
    if pattern is None or match is None:
        return mark_found(otherwise or excerpt(body[: 2 * LENGTH], LENGTH), words)
    start = max(0, match.start() - BEFORE)
    if start:
        space = body.find(" ", start, match.start())
        start = space + 1 if space >= 0 else start
    text = excerpt(body[start : start + 2 * LENGTH], LENGTH)
    return mark_found(f"…{text}" if start else text, words)


def mark_found(text: str, words: Sequence[str]) -> Markup:
    """A text, escaped, with the words in `<mark>`."""
    pattern = _pattern(words)
    if pattern is None:
        return escape(text)
    pieces: list[str] = []
    end = 0
    for match in pattern.finditer(text):
        pieces += [str(escape(text[end : match.start()])), f"<mark>{escape(match[0])}</mark>"]
        end = match.end()
    pieces.append(str(escape(text[end:])))
    return Markup("".join(pieces))  # noqa: S704 - every piece was escaped


def _pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    """Whole words, and the beginning of the last one. Words have no accents; what they match may."""
    if not words:
        return None
    *whole, last = (_with_accents(word) for word in words)
    choices = [rf"{word}(?![^\W_])" for word in whole] + [rf"{last}[^\W_]*"]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(choices)})", re.IGNORECASE)


def _with_accents(word: str) -> str:
    return "".join(_FAMILY.get(letter, re.escape(letter)) + _ACCENT for letter in word)


def _families() -> dict[str, str]:
    found: dict[str, str] = {}
    for code in range(0xC0, 0x250):
        letter = chr(code)
        plain = search_words(letter)
        if plain and plain[0] != letter.lower() and len(plain[0]) == 1:
            found[plain[0]] = found.get(plain[0], plain[0]) + letter
    return {plain: f"[{letters}]" for plain, letters in found.items()}


_FAMILY = _families()
