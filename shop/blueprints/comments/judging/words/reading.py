"""What the phrases of the list (data/phrases.toml) say about a comment, its name and its text read together."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from shop.blueprints.comments.judging.folding import fold_text, word_set
from shop.blueprints.comments.judging.words.phrases import Phrase, Phrasebook

LISTED = Path(__file__).parents[1] / "data" / "phrases.toml"
NEAR = 8
MOST_COMPARED = 50
LONGEST_NAME = 200
_TOLD_OF = word_set(
    "he she they who would never nobody not didn't doesn't don't didn’t doesn’t don’t couldn't couldn’t can't can’t "
    "used er sie il elle el ella ele ela lui lei он она"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The phrases of a comment by kind, in their order."""

    kinds: Mapping[str, Sequence[Phrase]]

    def first(self, kind: str) -> str:
        """The first phrase of a kind as it is written; empty when there is none."""
        return next((phrase.words for phrase in self.kinds.get(kind, ())), "")

    def near(self, kind: str, other: str) -> str:
        """Two phrases of two kinds that stand close to each other, as they are written; empty when none do."""
        for one in self.kinds.get(kind, ())[:MOST_COMPARED]:
            for two in self.kinds.get(other, ())[:MOST_COMPARED]:
                if abs(one.first - two.first) <= NEAR:
                    return f"{one.words} … {two.words}"
        return ""


@lru_cache(maxsize=64)
def reading(author: str, body: str) -> Reading:
    """Reads a comment; the name stands before the text and after it, because a phrase may begin in either."""
    name = fold_text(author[:LONGEST_NAME])
    folded = f"{name} {fold_text(body)} {name}"
    kinds: dict[str, list[Phrase]] = {}
    for phrase in phrasebook().found_in(folded):
        if phrase.kind == "requests" and is_told(phrase.before):
            continue
        kinds.setdefault(phrase.kind, []).append(phrase)
    return Reading(kinds)


def is_told(before: Iterable[str]) -> bool:
    """Whether the words before a request make it a part of a story: "she would text me"."""
    return not _TOLD_OF.isdisjoint(before)


@cache
def phrasebook() -> Phrasebook:
    """The phrases of the list."""
    listed = tomllib.loads(LISTED.read_text(encoding="utf-8"))
    return Phrasebook(
        {
            kind: [
                phrase for phrases in languages.values() for phrase in phrases.split("\n") if phrase
            ]
            for kind, languages in listed.items()
        }
    )
