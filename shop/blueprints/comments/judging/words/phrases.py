"""Finds the phrases of a list in a text, whatever their spelling: letters replaced by signs, doubled or set apart.

A phrase is words; one that ends in `*` stands for all that begin so, and `_` for up to two other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from shop.blueprints.comments.judging.folding import WORD, fold_text, unleet

MOST_BETWEEN = 2
_HEAD, _TAIL = 1_000, 500
"""Of a long text the head and the tail are read: contacts stand at the end."""
_WORD = re.compile(f"[$€]?{WORD}(?:[@$!|’'+]{WORD})*")
_PLAIN_WORD = re.compile(r"\$?[A-Za-z0-9]+(?:[@$!|'+][A-Za-z0-9]+)*")
"""The same for a text without other letters than these."""
_SET_APART = re.compile(
    r"(?<![^\W_])[^\W\d_](?:([ .\-_*•·|/,~\n:;+=])[^\W\d_])(?:\1[^\W\d_]){2,40}(?![^\W_])"
)
_MAYBE_SET_APART = re.compile(r"([ .\-_*•·|/,~\n:;+=])[^\W\d_]\1[^\W\d_]\1[^\W\d_]")
_MARKED_UP = re.compile(r"(?<=[^\W\d_])(?:\*{1,3}|~~|`)(?=[^\W\d_])")
"""Signs of Markdown inside a word, which nobody sees."""
_BESIDES_LETTERS = re.compile(r"[\W_]+")
_DOUBLED = re.compile(r"(.)\1+")
_ARTICLE = re.compile("^(?:و|ف)?(?:بال|وال|لل|ال)?(?=\\w{3})")
_ARABIC = re.compile("[\u0600-\u06ff]")
_WITHOUT_SPACES = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase that was found: of which kind, at which word, as it is written, and the two words before it."""

    kind: str
    first: int
    words: str
    before: tuple[str, ...] = ()


_Listed = tuple[list[str], str]
"""What follows the first word of a phrase, and its kind."""


@dataclass(frozen=True, slots=True)
class _Beginning:
    """The phrases that begin with a word; `seconds` are the words of which one has to follow, None where any may."""

    listed: tuple[_Listed, ...]
    seconds: frozenset[str] | None

    def goes_on_with(self, word: str) -> bool:
        return self.seconds is None or word in self.seconds


class Phrasebook:
    """Phrases by kind."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        self._by_word: dict[str, list[_Listed]] = {}
        self._by_stem: dict[str, list[_Listed]] = {}
        self._inside: list[tuple[str, str]] = []
        for kind, listed in phrases.items():
            for phrase in listed:
                self._add(fold_text(phrase), kind)
        self._lengths = sorted({len(stem) for stem in self._by_stem})
        self._begun_by = lru_cache(maxsize=20_000)(self._beginning_with)

    def _add(self, folded: str, kind: str) -> None:
        if _WITHOUT_SPACES.search(folded):
            self._inside.append((folded, kind))
            return
        first, *rest = (_part(each) for each in folded.split())
        if first.endswith("*"):
            self._by_stem.setdefault(first[:-1], []).append((rest, kind))
        else:
            self._by_word.setdefault(first, []).append((rest, kind))

    def found_in(self, folded: str) -> list[Phrase]:
        """All phrases of a folded text, in its order; of each kind at each place the first."""
        text = rejoined(folded)
        written = (_PLAIN_WORD if text.isascii() else _WORD).findall(text)
        written = written[:_HEAD] + written[_HEAD:][-_TAIL:]
        found = [
            Phrase(kind, at, " ".join(written[at:end]), tuple(written[max(0, at - 2) : at]))
            for at, beginning in enumerate(map(self._begun_by, written))
            if beginning is not None
            and beginning.goes_on_with(plain(written[at + 1]) if at + 1 < len(written) else "")
            for kind, end in _starting(beginning.listed, written, at)
        ]
        return found + [Phrase(kind, 0, each) for each, kind in self._inside if each in folded]

    def _beginning_with(self, written: str) -> _Beginning | None:
        word = plain(written)
        stems = (self._by_stem.get(word[:length], ()) for length in self._lengths)
        listed = tuple(chain(self._by_word.get(word, ()), *stems))
        if not listed:
            return None
        seconds = [rest[0] if rest else "_" for rest, _kind in listed]
        is_open = any(each == "_" or each.endswith("*") for each in seconds)
        return _Beginning(listed, None if is_open else frozenset(seconds))


def _starting(
    listed: Sequence[_Listed], words: Sequence[str], at: int
) -> Iterator[tuple[str, int]]:
    """The kinds of the phrases that begin at a word, each once, with the words at which they end."""
    kinds: set[str] = set()
    for rest, kind in listed:
        if kind not in kinds and (end := _end(rest, words, at + 1)):
            kinds.add(kind)
            yield kind, end


def rejoined(folded: str) -> str:
    """A folded text in which letters that were set apart are words again: `w h a t s a p p`, `what**s**app`."""
    if "*" in folded or "~~" in folded or "`" in folded:
        folded = _MARKED_UP.sub("", folded)
    if not _MAYBE_SET_APART.search(folded):
        return folded
    return _SET_APART.sub(lambda found: _BESIDES_LETTERS.sub("", found[0]), folded)


@lru_cache(maxsize=20_000)
def plain(word: str) -> str:
    """A folded word without leet, doubled letters, the difference of i and l, and an Arabic article."""
    if _ARABIC.search(word):
        return _ARTICLE.sub("", word)
    return _DOUBLED.sub(r"\1", unleet(word).replace("!", "i").replace("|", "i").replace("l", "i"))


def _part(word: str) -> str:
    if word == "_":
        return word
    return plain(word.removesuffix("*")) + "*" * word.endswith("*")


def _end(parts: Sequence[str], words: Sequence[str], at: int) -> int:
    """Where a phrase that begins at a word ends; 0 when it is not there."""
    for number, part in enumerate(parts):
        if part == "_":
            rest = parts[number + 1 :]
            ends = (_end(rest, words, at + skipped) for skipped in range(MOST_BETWEEN + 1))
            return next(filter(None, ends), 0)
        if at >= len(words) or not _is_like(plain(words[at]), part):
            return 0
        at += 1
    return at


def _is_like(word: str, part: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("*") else word == part
