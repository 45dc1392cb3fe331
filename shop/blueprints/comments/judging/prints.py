"""Prints of texts: near-duplicates have nearly the same print, whatever names, numbers and spellings they change.

A text becomes the set of its words and pairs of words, each reduced to what a copyist keeps: no names, no numbers, no
gender, no double letters, hardly a vowel. The set becomes 64 bins by one-permutation MinHash with rotation (Li, Owen,
Zhang 2012; Shrivastava and Li 2014): the share of bins in which two prints agree estimates the Jaccard similarity of
the sets. Twelve bands of four bins each are keys under which similar texts meet in an index.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from shop.blueprints.comments.judging.folding import fold_text, unleet, word_set

BINS, BANDS, ROWS = 64, 12, 4
FEWEST_WORDS = 12
LONGEST_TEXT = 6_000
_EMPTY = 2**32
_STEP = 0x9E3779B1
_PIECE = re.compile(r"[\w@$’']+|[.!?\n]")
_ENDS = frozenset(".!?\n")
_END = "."
_VOWELS = re.compile(r"(?<=.)[aeiouyhw]")
_DOUBLE = re.compile(r"(.)\1+")
_NUMBERS = word_set(
    "zero oh one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty "
    "fifty sixty seventy eighty ninety hundred thousand million first second third plus"
)
_PEOPLE = dict.fromkeys(
    word_set(
        "he she him her his hers himself herself they them their wife husband boyfriend girlfriend fiance "
        "fiancee partner ex man woman guy lady friend sister brother neighbor neighbour colleague cousin aunt "
        "uncle mother father"
    ),
    "p",
)
_DROPPED = word_set("mr mrs ms dr doctor prof papa mama chief s t")
_COMMON = frozenset(
    b"a an and are as at be been but by do for from had has have i in is it its me my not of on or our so "
    b"that the this to was we were who will with you your".split()
)


@dataclass(frozen=True, slots=True)
class TextPrint:
    """What is compared. `words` says how long the text is."""

    bins: bytes
    bands: tuple[int, ...]
    words: int


@lru_cache(maxsize=128)
def print_of(text: str) -> TextPrint | None:
    """The print of a text, or None when it is too short to be called a copy of anything."""
    words = _skeletons(text[:LONGEST_TEXT])
    if len(words) < FEWEST_WORDS:
        return None
    values = _filled(_bins(words))
    bands = tuple(_band(number, values) for number in range(BANDS))
    return TextPrint(bytes(value & 0xFF for value in values), bands, len(words))


def similarity(one: bytes, other: bytes) -> float:
    """The estimated Jaccard similarity of two texts, by the bins of their prints."""
    differences = int.from_bytes(one) ^ int.from_bytes(other)
    return differences.to_bytes(BINS).count(0) / BINS


def _skeletons(text: str) -> list[str]:
    pieces = _PIECE.findall(text)
    shouts = sum(map(str.isupper, pieces)) * 2 > len(pieces)
    found = []
    begins = True
    for looks_like_name, word in map(_looked_at, pieces):
        if word == _END:
            begins = True
        elif begins or shouts or not looks_like_name:
            begins = False
            if word:
                found.append(word)
    return found


@lru_cache(maxsize=20_000)
def _looked_at(piece: str) -> tuple[bool, str]:
    """Whether a word looks like a name where no sentence begins, and what a copyist keeps of it."""
    if piece in _ENDS:
        return False, _END
    return piece != "I" and piece[0].isupper(), _skeleton(piece)


def _skeleton(piece: str) -> str:
    """What a copyist keeps of a word; nothing of a number or a title."""
    word = unleet(fold_text(piece[:40]).replace("’", "").replace("'", ""))
    if word in _NUMBERS or word in _DROPPED or not word.isalpha():
        return ""
    return _PEOPLE.get(word) or _VOWELS.sub("", _DOUBLE.sub(r"\1", word))[:6]


def _bins(words: Sequence[str]) -> list[int]:
    bins = [_EMPTY] * BINS
    encoded = " ".join(words).encode().split()
    features = set(encoded) - _COMMON
    features.update(map(b" ".join, pairwise(encoded)))
    values = [zlib.crc32(feature) * _STEP & 0xFFFFFFFF for feature in features]
    for value in sorted(values, reverse=True):  # the lowest of a bin is the last to come
        bins[value >> 26] = value
    return bins


def _filled(bins: list[int]) -> list[int]:
    """An empty bin borrows from the next one that is not, and notes how far it had to go."""
    filled = list(bins)
    twice = bins + bins
    for place in [place for place, value in enumerate(bins) if value == _EMPTY]:
        distance = next(far for far in range(1, BINS) if twice[place + far] != _EMPTY)
        filled[place] = (twice[place + distance] + distance * _STEP) & 0xFFFFFFFF
    return filled


def _band(number: int, values: Sequence[int]) -> int:
    rows = values[number * ROWS : (number + 1) * ROWS]
    mixed = number + 1
    for value in rows:
        mixed = (mixed * 0x100000001B3 ^ value * _STEP) & 0xFFFFFFFFFFFFFFFF
    return mixed - 2**63
