"""Words as they are compared, and the other ways in which one may be written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Scripts that write no space between words: each of their letters is found as a word, and what is asked as a phrase.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(rf"(?=\w)[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_SEAM = re.compile(rf"(?<=[{_UNSPACED}])(?=\w)|(?<=\w)(?=[{_UNSPACED}])(?=\w)")
_ACCENTS = re.compile("[\u0300-\u036f]")
_NO_WIDTH = "\u200b"
_FOLDED = (("ß", "ss"), ("æ", "ae"), ("œ", "oe"), ("ø", "o"), ("ł", "l"), ("đ", "d"))
_DIGRAPHS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ø", "oe"), ("å", "aa"))


def search_words(value: str) -> list[str]:
    """The words of a text as they are compared: lower case, without accents; letters of unspaced scripts alone."""
    return _PIECE.findall(_folded(value))


def as_written(value: str) -> list[str]:
    """The words of a text in lower case, with the accents that they are written with."""
    return _WORD.findall(_ACCENTS.sub("", unicodedata.normalize("NFC", value).lower()))


def written_words(value: str) -> dict[str, str]:
    """The words of a text as they are compared, each with how it is written there."""
    return {_folded(word): word for word in dict.fromkeys(as_written(value))}


def phrases_of(query: str, most: int) -> list[tuple[tuple[str, ...], ...]]:
    """The first words that were asked for, each once, in the ways in which it may be written."""
    asked = list(dict.fromkeys(as_written(query)))[:most]
    ways = (tuple(tuple(_PIECE.findall(each)) for each in spellings(word)) for word in asked)
    return [each for each in dict.fromkeys(ways) if all(each)]


def spellings(word: str) -> list[str]:
    """A word as it is compared, and as others write it: `müller` is `muller` and `mueller`, `strasse` also `straße`."""
    ways = [_folded(word)]
    ways += [_folded(_replaced(word, _DIGRAPHS)), _folded(_replaced(word, _FOLDED))]
    plain = ways[0]
    ways += [plain.replace("ss", "ß"), _replaced(plain, [(two, one) for one, two in _DIGRAPHS[:3]])]
    return list(dict.fromkeys(_folded(each) for each in ways))


def spaced(value: str) -> str:
    """A text in which letters of unspaced scripts stand apart, by signs without width, so that each is a word."""
    return value if value.isascii() else _SEAM.sub(_NO_WIDTH, value)


def joined(value: str) -> str:
    """The text that `spaced` was given."""
    return value.replace(_NO_WIDTH, "")


def _folded(value: str) -> str:
    value = unicodedata.normalize("NFD", value)
    return unicodedata.normalize("NFC", _ACCENTS.sub("", value)).lower()


def _replaced(word: str, pairs: Sequence[tuple[str, str]]) -> str:
    for old, new in pairs:
        word = word.replace(old, new)
    return word
