"""What a site's own decisions allow to be said about wording: when, above which score, and by which words.

Nothing is said until there are enough decisions of both kinds, and nothing in a language in which too few honest
comments were decided on. The score above which a comment is called worded like spam comes from the site's own honest
comments, each as the weights see it without what they learnt from it: at most one in twenty of them lies above
(conformal prediction; Vovk, Gammerman, Shafer 2005, and by groups as in their Mondrian predictors).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from shop.blueprints.comments.judging.learning.classifier import Classifier, Taught, nothing_learnt
from shop.blueprints.comments.judging.learning.features import bucket_of, pieces_of, words_in
from shop.blueprints.comments.judging.learning.languages import is_common, language_of

FEWEST_HONEST, FEWEST_SPAM = 20, 10
ACCUSED_AT_MOST = 0.05
LIKELY, VERY_LIKELY, UNLIKELY = math.log(0.75 / 0.25), math.log(0.92 / 0.08), math.log(0.15 / 0.85)
ANY_LANGUAGE = ""
_LONGEST = 600


@dataclass(slots=True)
class Experience:
    """All that judges a wording.

    `learnt` are the weights that this site's decisions made, alone; `classifier` judges by these and by those that
    ship. `honest` and `spam` count decisions. `limits` are by language; that of any language has an empty name.
    """

    classifier: Classifier = field(default_factory=Classifier)
    learnt: array[float] = field(default_factory=nothing_learnt)
    honest: int = 0
    spam: int = 0
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def lessons(self) -> int:
        """How many decisions taught."""
        return self.honest + self.spam

    @property
    def knows_the_site(self) -> bool:
        """Whether enough was decided here to say anything."""
        return self.honest >= FEWEST_HONEST and self.spam >= FEWEST_SPAM

    def limit_for(self, body: str) -> float | None:
        """The score above which a text is worded like spam here; None when too little is known to say so."""
        language = language_of(words_in(body))
        limit = self.limits.get(language)
        return max(limit, LIKELY) if self.knows_the_site and limit is not None else None

    def telling(self, body: str, *, for_spam: bool, most: int = 3) -> list[str]:
        """The words of a text that told, and pairs of them, by decisions on this site alone; never common ones.

        A word told when its letters did too: its bucket alone may have been filled by another word.
        """
        sign = 1.0 if for_spam else -1.0
        words = words_in(body)[:_LONGEST]
        pairs = [f"{one} {two}" for one, two in pairwise(words)]
        weighed = {
            each: weight
            for each in dict.fromkeys([*words, *pairs])
            if len(each) > 3
            and "0" not in each
            and (weight := self.learnt[bucket_of(each)] * sign) > 0
        }
        best: list[str] = []
        for each in sorted(weighed, key=lambda each: (-weighed[each], each)):
            if len(best) == most:
                break
            is_new = not any(set(each.split()) & set(chosen.split()) for chosen in best)
            if is_new and not is_common(each) and self._letters_of(each) * sign > 0:
                best.append(each)
        return best

    def _letters_of(self, words: str) -> float:
        """What was learnt of the letters of a word or a pair of words."""
        return sum(self.learnt[bucket] for bucket in pieces_of(words))


def limits_of(learner: Classifier, honest: Iterable[tuple[str, Taught]]) -> dict[str, float]:
    """By language, and for any: the score above which at most one in twenty honest comments lies.

    Args:
        honest: comments that people approved, each with its language. Where they are too few there is no limit.
    """
    scores: dict[str, list[float]] = {ANY_LANGUAGE: []}
    for language, taught in honest:
        without = learner.logit(taught.found) - taught.pull * math.sqrt(len(taught.found) or 1)
        scores[ANY_LANGUAGE].append(without)
        if language != ANY_LANGUAGE:
            scores.setdefault(language, []).append(without)
    return {
        language: _limit(each) for language, each in scores.items() if len(each) >= FEWEST_HONEST
    }


def _limit(scores: Sequence[float]) -> float:
    rank = math.ceil((len(scores) + 1) * (1 - ACCUSED_AT_MOST))
    return sorted(scores)[min(rank, len(scores)) - 1]
