"""A comment as the numbers of hash buckets: words and pairs of them, pieces of four letters, name, sender's domain.

CRC-32 because it is quick from Python and the same in every process; 2^16 buckets were measured to be as good as
more.
"""

from __future__ import annotations

import re
import sys
from array import array
from functools import cache
from itertools import pairwise
from string import ascii_uppercase
from zlib import crc32

from shop.blueprints.comments.judging.folding import fold_text, folded_words

BUCKETS = 2**16
ALWAYS = 0
_MASK = BUCKETS - 1
_HEAD, _TAIL = 1_500, 700
_NUMBER = re.compile(r"[0-9]+")
PIECE = 4


def features(body: str, *, author: str = "", email: str = "", url: str = "") -> array[int]:
    """The buckets that a comment fills, in ascending order, each once: as they are kept."""
    return array("H", sorted(filled(body, author=author, email=email, url=url)))


def filled(body: str, *, author: str = "", email: str = "", url: str = "") -> set[int]:
    """The buckets that a comment fills, at most about 3,500 of them, in no order: that takes a fifth of the time.

    Of a long text the head and the tail are read: contacts stand at the end.
    """
    if len(body) > _HEAD + _TAIL:
        body = f"{body[:_HEAD]} {body[-_TAIL:]}"
    words = words_in(body)
    found = {ALWAYS}
    add = found.update
    together = " ".join(words)
    encoded = together.encode().split()
    add([crc32(word) & _MASK for word in encoded])
    add([crc32(one + b" " + two) & _MASK for one, two in pairwise(encoded)])
    add(pieces_of(together))
    add([crc32(word.encode(), 2) & _MASK for word in words_in(author)])
    add([crc32(word.encode(), 3) & _MASK for word in words_in(url)])
    domain = email.rpartition("@")[2].lower()
    if domain:
        found.add(crc32(domain.encode(), 4) & _MASK)
    found.update(crc32(shape.encode(), 5) & _MASK for shape in _shapes(body, len(words)))
    return found


def words_in(text: str) -> list[str]:
    """Folded words; every number is the same number."""
    return folded_words(_NUMBER.sub("0", fold_text(text)))


def bucket_of(words: str) -> int:
    """The bucket of a word or of a pair of words."""
    return crc32(words.encode()) & _MASK


def pieces_of(words: str) -> array[int]:
    """The buckets of all groups of four letters in words that stand side by side; bytes, where letters have several.

    The CRC of a piece is that of zeros, and what each of its letters changes in it at its place, by exclusive or. So
    those of all pieces are reckoned at once, as a few long numbers: in a tenth of the time that one by one takes.
    """
    letters = words.encode()
    number = len(letters) - PIECE + 1
    found = bytearray(2 * max(0, number))
    for half, changes in enumerate(_changes() if number > 0 else ()):
        total = int.from_bytes((crc32(bytes(PIECE), 1) >> 8 * half & 0xFF).to_bytes() * number)
        for place, change in enumerate(changes):
            total ^= int.from_bytes(letters[place : place + number].translate(change))
        found[half::2] = total.to_bytes(number)
    buckets = array("H", bytes(found))
    if sys.byteorder == "big":
        buckets.byteswap()
    return buckets


@cache
def _changes() -> list[list[bytes]]:
    """What each letter changes in the lower and in the higher byte of a piece's bucket, at each place in the piece."""
    zeros = crc32(bytes(PIECE), 1)
    changed = [
        [
            crc32(bytes(place) + letter.to_bytes() + bytes(PIECE - 1 - place), 1) ^ zeros
            for letter in range(256)
        ]
        for place in range(PIECE)
    ]
    return [[bytes(each >> 8 * half & 0xFF for each in row) for row in changed] for half in (0, 1)]


def _shapes(body: str, words: int) -> list[str]:
    """How it looks: its length, links, shouting."""
    shapes = [f"long {words.bit_length()}"]
    if "http" in body or "www." in body:
        shapes.append("link")
    if body.count("!") > 2:
        shapes.append("shouts")
    capitals = map(body.count, ascii_uppercase) if body.isascii() else map(str.isupper, body)
    if sum(capitals) * 4 > len(body):
        shapes.append("capitals")
    return shapes
