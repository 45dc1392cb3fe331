"""A comment as the numbers of hash buckets: words and pairs of them, pieces of four letters, name, sender's domain.

CRC-32 because it is quick from Python and the same in every process; 2^16 buckets were measured to be as good as
more.
"""

from __future__ import annotations

import re
from array import array
from itertools import pairwise
from zlib import crc32

from shop.blueprints.comments.judging.folding import WORD, fold_text

BUCKETS = 2**16
ALWAYS = 0
_MASK = BUCKETS - 1
_HEAD, _TAIL = 1_500, 700
_WORD = re.compile(WORD)
_NUMBER = re.compile(r"[0-9]+")
PIECE = 4


def features(body: str, *, author: str = "", email: str = "", url: str = "") -> array[int]:
    """The buckets that a comment fills, in ascending order, each once; at most about 3,500 of them.

    Of a long text the head and the tail are read: contacts stand at the end.
    """
    if len(body) > _HEAD + _TAIL:
        body = f"{body[:_HEAD]} {body[-_TAIL:]}"
    words = words_in(body)
    found = {ALWAYS}
    add = found.update
    add([crc32(word.encode()) & _MASK for word in words])
    add([crc32(f"{one} {two}".encode()) & _MASK for one, two in pairwise(words)])
    add(pieces_of(" ".join(words)))
    add([crc32(word.encode(), 2) & _MASK for word in words_in(author)])
    add([crc32(word.encode(), 3) & _MASK for word in words_in(url)])
    domain = email.rpartition("@")[2].lower()
    if domain:
        found.add(crc32(domain.encode(), 4) & _MASK)
    found.update(crc32(shape.encode(), 5) & _MASK for shape in _shapes(body, len(words)))
    return array("H", sorted(found))


def words_in(text: str) -> list[str]:
    """Folded words; every number is the same number."""
    return _WORD.findall(_NUMBER.sub("0", fold_text(text)))


def bucket_of(words: str) -> int:
    """The bucket of a word or of a pair of words."""
    return crc32(words.encode()) & _MASK


def pieces_of(words: str) -> list[int]:
    """The buckets of all groups of four letters in words that stand side by side; bytes, where letters have several."""
    letters = words.encode()
    return [crc32(letters[at : at + PIECE], 1) & _MASK for at in range(len(letters) - PIECE + 1)]


def _shapes(body: str, words: int) -> list[str]:
    """How it looks: its length, links, shouting."""
    shapes = [f"long {words.bit_length()}"]
    if "http" in body or "www." in body:
        shapes.append("link")
    if body.count("!") > 2:
        shapes.append("shouts")
    if sum(map(str.isupper, body)) * 4 > len(body):
        shapes.append("capitals")
    return shapes
