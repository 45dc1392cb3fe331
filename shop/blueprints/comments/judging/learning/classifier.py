"""A text classifier that learns while it works: logistic regression on hashed features, in plain Python.

A text's features weigh the same together however many they are (each 1/√n), so that a long comment weighs no more than
a short one. Weights are those that ship, which fade as the site decides, plus those that the site has learnt. Each
lesson moves the weights of its features by one number, its *pull*; so it can be taken back exactly, by moving them
back. Spam and honest lessons weigh the same together, however many there are of each.
"""

from __future__ import annotations

import math
import zlib
from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from shop.blueprints.comments.judging.learning.features import BUCKETS

START = Path(__file__).parents[1] / "data" / "start.weights"
RATE = 3.0
PASSES = 3
FADES_BY = 25
"""After so many decisions on the site the weights that ship count half."""
MOST_WEIGHT = 5.0
_SCALE = 16.0


def nothing_learnt() -> array[float]:
    """Weights that have no opinion."""
    return array("f", bytes(4 * BUCKETS))


@dataclass(slots=True)
class Classifier:
    """Weights that judge and learn."""

    weights: array[float] = field(default_factory=nothing_learnt)

    def logit(self, found: Collection[int]) -> float:
        """How much features speak for spam: the logarithm of its odds."""
        return sum(map(self.weights.__getitem__, found)) / math.sqrt(len(found) or 1)

    def probability(self, found: Sequence[int]) -> float:
        """How likely spam is, from 0 to 1, by features."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.logit(found)))))

    def learn(self, found: Sequence[int], *, is_spam: bool, rate: float = RATE) -> float:
        """Move the weights a step towards a decision; the pull of this step."""
        pull = rate * (is_spam - self.probability(found)) / math.sqrt(len(found) or 1)
        self.move(found, pull)
        return pull

    def move(self, found: Iterable[int], pull: float) -> None:
        """Move the weights of some features; the opposite pull moves them back."""
        weights = self.weights
        for bucket in found:
            weights[bucket] += pull


@dataclass(slots=True)
class Taught:
    """A decided comment: its features, and by how much it has moved the weights until now."""

    found: Sequence[int]
    is_spam: bool
    pull: float = 0.0


def study(learner: Classifier, fresh: Sequence[Taught], known: Sequence[Taught]) -> None:
    """Learn new lessons and repeat earlier ones with them, so that neither these nor the rarer kind are forgotten.

    Both kinds weigh the same together and take turns: a flood of one kind must not have the last word.
    """
    spam = [each for each in [*fresh, *known] if each.is_spam]
    honest = [each for each in [*fresh, *known] if not each.is_spam]
    rates = {
        is_spam: RATE * _weight(len(own), len(other))
        for is_spam, own, other in ((True, spam, honest), (False, honest, spam))
    }
    for _turn in range(PASSES):
        for each in in_turns(spam, honest):
            each.pull += learner.learn(each.found, is_spam=each.is_spam, rate=rates[each.is_spam])


def in_turns(one: Sequence[Taught], other: Sequence[Taught]) -> list[Taught]:
    """Two lists as one, each spread evenly over the whole."""
    placed = [
        ((at + 0.5) / len(part), each) for part in (one, other) for at, each in enumerate(part)
    ]
    return [each for _place, each in sorted(placed, key=lambda pair: pair[0])]


def _weight(own: int, other: int) -> float:
    """What a lesson weighs, so that its kind weighs half of all."""
    if not own or not other:
        return 1.0
    return max(1 / MOST_WEIGHT, min(MOST_WEIGHT, (own + other) / (2 * own)))


def packed(weights: array[float]) -> bytes:
    """Weights as they are stored: little-endian 32-bit floats, deflated; zeros cost nothing."""
    return zlib.compress(weights.tobytes(), 1)


def unpacked(stored: bytes) -> array[float]:
    """Stored weights; none at all have no opinion.

    Raises:
        ValueError: they are of another size.
    """
    if not stored:
        return nothing_learnt()
    weights = array("f", zlib.decompress(stored))
    if len(weights) != BUCKETS:
        raise ValueError(f"{len(weights)} weights where {BUCKETS} belong")
    return weights


def counted(spam: int, honest: int) -> int:
    """For how many decisions those of a site count where the weights that ship fade: for twice those of the rarer kind.

    Who decided on 48 honest comments and on two of spam does not know spam yet.
    """
    return 2 * min(spam, honest)


def together(start: array[float], learnt: array[float], decisions: int) -> array[float]:
    """The weights that ship, faded by the number of decisions (`counted`), plus those that were learnt here."""
    share = FADES_BY / (FADES_BY + decisions)
    return array("f", (share * one + other for one, other in zip(start, learnt, strict=True)))


def quantised(weights: Iterable[float]) -> bytes:
    """Weights as they ship: a byte each, in sixteenths; small, and the same on every machine."""
    steps = (max(-127, min(127, round(weight * _SCALE))) for weight in weights)
    return zlib.compress(array("b", steps).tobytes(), 9)


@cache
def starting_weights(path: Path = START) -> array[float]:
    """The weights that ship (docs/data-card.md); do not change them."""
    steps = array("b", zlib.decompress(path.read_bytes()))
    return array("f", (step / _SCALE for step in steps))
