"""Plain text: cleaning what people type, slugs, excerpts, reading time."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import date

WORDS_A_MINUTE = 230
FIRST_YEAR, LAST_YEAR = 1970, 9000
_SPACES = re.compile(r"[ \t\u00a0]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_PLAIN = re.compile(r"""[a-z0-9 .,?!:()"'&/-]*""")
_BETWEEN_PLAIN_WORDS = re.compile("[^a-z0-9]+")
_IN_A_NUMBER = re.compile("(?<=[0-9]),(?=[0-9])")
_MARKS = re.compile("[\u0300-\u036f]")
# What a title in Latin letters has besides them, as the library of all scripts writes it.
_AS_ASCII = str.maketrans(
    {"‘": "", "’": "", "＇": "", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-"}
    | {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l"}
)
_LINE_ENDS = str.maketrans({"\r": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n\n"})
# Unicode's categories Cc, Cs and Co but for line ends and tabs, written out: asking for the category of each character
# takes far longer.
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
)
# What ends a line, or can't be encoded: controls, line and paragraph separators, lone surrogates (Cc, Zl, Zp, Cs).
_NEVER_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Directional overrides can make a name read as another; isolates and marks of real scripts stay.
_OVERRIDES = dict.fromkeys([0x202A, 0x202B, 0x202D, 0x202E, 0xFEFF])


def clean_line(value: str) -> str:
    """One line: NFC, no control characters, white space folded. For names, subjects, titles."""
    return _SPACES.sub(" ", _clean(value).replace("\n", " ")).strip()


def clean_block(value: str) -> str:
    """Several lines: NFC, Unix line ends, no control characters, at most one blank line in a row."""
    return _BLANK_LINES.sub("\n\n", _clean(value)).strip()


def _clean(value: str) -> str:
    value = unicodedata.normalize("NFC", value.replace("\r\n", "\n").translate(_LINE_ENDS))
    return _NOT_TEXT.sub("", value if value.isascii() else value.translate(_OVERRIDES))


def as_number(value: str) -> int | None:
    """A whole number that an address or a form says, such as an id; None for anything else, or one of 16 digits."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else None


def as_day(value: str) -> date | None:
    """The day that an address or a form names as 2026-11-23; None for anything else, or one that no shop has seen."""
    try:
        day = date.fromisoformat(value.strip())
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def as_numbers(values: Iterable[str]) -> list[int]:
    """The whole numbers among what was ticked, each once, in order of size."""
    return sorted({number for each in values if (number := as_number(each)) is not None})


def fit_for_xml(value: str) -> str:
    """Without the characters that XML 1.0 can't hold, escaped or not (its production 2)."""
    return _NOT_XML.sub("", value)


def has_control_characters(value: str) -> bool:
    """True for what a line must never hold, such as whatever ends one: CR, LF and U+2028 in a mail header."""
    return _NEVER_IN_A_LINE.search(value) is not None


def is_path(value: str) -> bool:
    """Whether an address is a path on this site. `//host` names another one; so does `/\\host`, because browsers take a
    backslash for a slash, and a tab in front of it, which they leave out.
    """
    is_of_host = value.startswith("//") or "\\" in value or has_control_characters(value)
    return value.startswith("/") and not is_of_host


def slugify(value: str, *, max_length: int = 80) -> str:
    """Lower-case ASCII words joined by hyphens; empty when nothing of `value` can be written so."""
    plain = value.lower() if value.isascii() else _without_accents(value.lower())
    if len(plain) < max_length and _PLAIN.fullmatch(plain):
        return _BETWEEN_PLAIN_WORDS.sub("-", _IN_A_NUMBER.sub("", plain)).strip("-")
    # Imported here, because its tables of all scripts take 4 MB, and Latin letters don't need them.
    from slugify import slugify as as_slug

    return str(as_slug(value, max_length=max_length, word_boundary=True))


def _without_accents(value: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKD", value.translate(_AS_ASCII)))


def excerpt(value: str, length: int = 200) -> str:
    """The first `length` characters at most, cut between words."""
    value = clean_line(value)
    if len(value) <= length:
        return value
    return value[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def reading_minutes(value: str) -> int:
    """Whole minutes at 230 words a minute, at least one."""
    return max(1, math.ceil(count_words(value) / WORDS_A_MINUTE))


def count_words(value: str) -> int:
    """How many words a text has."""
    return len(_WORD.findall(value))
