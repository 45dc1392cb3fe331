"""Sites that decide on comments one after the other, and how well they order the rest by what they know then."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from shop.blueprints.comments.judging import checks, panel
from shop.blueprints.comments.judging.campaigns import NEAR
from shop.blueprints.comments.judging.checks.wording import FURTHEST
from shop.blueprints.comments.judging.domains import owners_of_links
from shop.blueprints.comments.judging.learning.classifier import (
    Classifier,
    Taught,
    counted,
    nothing_learnt,
    study,
    together,
)
from shop.blueprints.comments.judging.learning.lessons import REPLAYED_OF_EACH
from shop.blueprints.comments.judging.learning.training import Example, examples
from shop.blueprints.comments.judging.prints import print_of, similarity
from shop.plugins.types import CommentCheck, CommentDraft

BATCH = 10
FEWEST_LEFT = 50
LINK_WAS_SPAM, LINK_WAS_APPROVED, COPY_OF_SPAM = 4, -1, 5
"""The points that `checks.reputation` and `checks.duplicates` give."""
RULES: tuple[CommentCheck, ...] = (
    checks.Links(),
    checks.Contacts(),
    checks.Names(),
    checks.Testimonials(),
    checks.Offers(),
)
GROUPS = {
    "our own, English": "en",
    "our own, German, Dutch, Swedish": "de nl sv",
    "our own, French, Spanish, Portuguese, Italian": "fr es pt it",
    "our own, all other languages": "ru uk pl ar hi id tr ja zh he el",
}


def sources(videos: Mapping[str, list[Example]], own: Path) -> dict[str, list[Example]]:
    """Seven sets that stand for seven sites; our own by languages, in an order that depends on the texts alone."""
    found = dict(videos)
    given = shuffled(examples(own))
    for title, languages in GROUPS.items():
        found[title] = [each for each in given if each.language in languages.split()]
    return found


def shuffled(given: Iterable[Example]) -> list[Example]:
    """Comments in an order by chance that is the same on every machine."""
    return sorted(given, key=lambda each: hashlib.sha256(each.text.encode()).digest())


def draft_of(each: Example) -> CommentDraft:
    """A comment as it comes, by somebody at an address of many."""
    return CommentDraft(
        1, each.name or "Ruth", "ruth@example.org", each.text, None, "", None, each.url
    )


def findings_of(each: Example) -> tuple[panel.Finding, ...]:
    """What the rules say that need no decisions."""
    return tuple(
        panel.finding_of(rule, evidence)
        for rule in RULES
        for evidence in rule.judge(draft_of(each))
    )


@dataclass(slots=True)
class Site:
    """What a site knows by its decisions; it begins with some weights and decides in handfuls, as `lessons` learns."""

    start: array[float]
    learnt: array[float] = field(default_factory=nothing_learnt)
    decided: list[Taught] = field(default_factory=list)
    links: dict[str, Counter[bool]] = field(default_factory=dict)
    spam_prints: list[bytes] = field(default_factory=list)

    def classifier(self) -> Classifier:
        """The weights of now."""
        spam = sum(each.is_spam for each in self.decided)
        return Classifier(
            together(self.start, self.learnt, counted(spam, len(self.decided) - spam))
        )

    def decide(self, comments: Sequence[Example]) -> None:
        """Decide rightly on comments, and learn from each handful."""
        for at in range(0, len(comments), BATCH):
            handful = comments[at : at + BATCH]
            self._learn([Taught(each.features(), each.is_spam) for each in handful])
            for each in handful:
                self._remember(each)

    def points_of_decisions(self, each: Example) -> int:
        """What earlier decisions on the same links, and on nearly the same text, add."""
        counts = [
            self.links.get(owner, Counter()) for owner in owners_of_links(each.text, each.url)
        ]
        points = sum(
            LINK_WAS_SPAM if count[True] else LINK_WAS_APPROVED
            for count in counts
            if bool(count[True]) != bool(count[False])
        )
        own = print_of(each.text)
        is_copy = own and any(similarity(own.bins, spam) > NEAR for spam in self.spam_prints)
        return points + (COPY_OF_SPAM if is_copy else 0)

    def _remember(self, each: Example) -> None:
        for owner in owners_of_links(each.text, each.url):
            self.links.setdefault(owner, Counter())[each.is_spam] += 1
        if each.is_spam and (own := print_of(each.text)):
            self.spam_prints.append(own.bins)

    def _learn(self, fresh: Sequence[Taught]) -> None:
        known = [
            lesson
            for is_spam in (True, False)
            for lesson in [each for each in self.decided if each.is_spam is is_spam][
                -REPLAYED_OF_EACH:
            ]
        ]
        self.decided.extend(fresh)
        learner = self.classifier()
        before = array("f", learner.weights)
        study(learner, fresh, known)
        moved = zip(self.learnt, learner.weights, before, strict=True)
        self.learnt = array("f", (one + now - then for one, now, then in moved))


def area_after(
    start: array[float],
    comments: Sequence[Example],
    points: Mapping[str, int],
    decided: int,
    besides: Callable[[Example], float] = lambda _each: 0.0,
) -> float | None:
    """How often a spam stands above an honest one among those that come after some decisions (AUC of the whole score).

    `besides` adds to the score of a comment. None where fewer than fifty are left, or only one kind.
    """
    rest = comments[decided:]
    spam = sum(each.is_spam for each in rest)
    if len(rest) < FEWEST_LEFT or not 0 < spam < len(rest):
        return None
    site = Site(start)
    site.decide(comments[:decided])
    judging = site.classifier()
    scored = []
    for each in rest:
        wording = max(-FURTHEST, min(FURTHEST, judging.logit(each.features())))
        total = wording + points[each.text] + site.points_of_decisions(each)
        scored.append((total + besides(each), each.is_spam))
    return area(scored)


def area(scored: Sequence[tuple[float, bool]]) -> float:
    """How often a spam scores above an honest one; a tie counts half."""
    ranks: dict[float, float] = {}
    at = 0
    for score, group in groupby(sorted(scored), key=lambda each: each[0]):
        size = len(list(group))
        ranks[score] = at + (size + 1) / 2
        at += size
    spam = [ranks[score] for score, is_spam in scored if is_spam]
    honest = len(scored) - len(spam)
    return (sum(spam) - len(spam) * (len(spam) + 1) / 2) / (len(spam) * honest)
