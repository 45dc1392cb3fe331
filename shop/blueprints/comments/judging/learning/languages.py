"""The language of a text, told from its most common words; and these words, which never tell anything else.

The lists are those of the package stop-words. Languages with a writing of their own are told by it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from shop.blueprints.comments.judging.folding import WORD, fold_text, word_set

FEWEST_HITS = 2
MOST_WORDS = 300
SUPPORTED = sorted(
    word_set("ar bg ca cs da de el en es fi fr he hi hu id it nb nl pl pt ro ru sk sv tr uk vi")
)
_WRITINGS = (
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
)
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(WORD)
_CLIPPED = word_set("s t d ll re ve m don doesn didn isn aren wasn weren won hasn haven hadn")
"""What is left of English words at an apostrophe."""


@cache
def common_words() -> dict[str, frozenset[str]]:
    """Folded words, each with the languages in which it is common."""
    # Imported here, because the lists are only needed where comments are judged.
    from stop_words import get_stop_words

    found: dict[str, frozenset[str]] = dict.fromkeys(_CLIPPED, frozenset({"en"}))
    same: dict[
        frozenset[str], frozenset[str]
    ] = {}  # each set once: a thousand of words are common in one language
    for language in SUPPORTED:
        for phrase in get_stop_words(language, cache=False):
            for word in _WORD.findall(fold_text(phrase)):
                languages = found.get(word, frozenset()) | {language}
                found[word] = same.setdefault(languages, languages)
    return found


def is_common(word: str) -> bool:
    """Whether a folded word, or a word of a phrase, is common in one of the languages."""
    common = common_words()
    return any(each in common for each in word.split())


def language_of(words: Sequence[str]) -> str:
    """The language of folded words by its two-letter code; empty when they don't say."""
    words = words[:MOST_WORDS]
    text = "".join(words)
    letters = len(_LETTER.findall(text)) or 1
    for language, writing in _WRITINGS:
        if len(writing.findall(text)) * 3 > letters:
            return language
    common = common_words()
    hits = Counter(language for word in set(words) for language in common.get(word, ()))
    ranked = hits.most_common(2)
    if not ranked or ranked[0][1] < FEWEST_HITS:
        return ""
    is_tied = len(ranked) > 1 and ranked[0][1] == ranked[1][1]
    return "" if is_tied else ranked[0][0]
