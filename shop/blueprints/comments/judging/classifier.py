"""A text classifier that learns while it works: logistic regression on hashed features, in plain Python.

A text's features weigh the same together however many they are (each 1/√n), so that a long comment weighs no more than
a short one. Weights are those that ship plus those that the site has learnt. Each lesson moves the weights of its
features by one number, its *pull*; so it can be taken back exactly, by moving them back.
"""

from __future__ import annotations

import math
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from operator import add
from pathlib import Path

from shop.blueprints.comments.judging.features import BUCKETS, bucket_of, words_in

START = Path(__file__).with_name("data") / "start.weights"
RATE = 3.0
PASSES = 3
_SCALE = 16.0


def nothing_learnt() -> array[float]:
    """Weights that have no opinion."""
    return array("f", bytes(4 * BUCKETS))


@dataclass(slots=True)
class Classifier:
    """Weights that judge and learn. `lessons` counts what was decided on this site."""

    weights: array[float] = field(default_factory=nothing_learnt)
    lessons: int = 0

    def probability(self, found: Sequence[int]) -> float:
        """How likely spam is, from 0 to 1, by features."""
        z = sum(map(self.weights.__getitem__, found)) / math.sqrt(len(found) or 1)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))

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

    def telling(self, body: str, most: int = 3) -> list[str]:
        """The words, and pairs of words, of a text that speak most for spam."""
        words = words_in(body)[:600]
        pairs = [f"{one} {two}" for one, two in pairwise(words)]
        weighed = {
            each: self.weights[bucket_of(each)]
            for each in [*words, *pairs]
            if len(each) > 3 and "0" not in each
        }
        best: list[str] = []
        for each in sorted(weighed, key=lambda each: (-weighed[each], each)):
            if len(best) == most or weighed[each] <= 0:
                break
            if not any(each in chosen or chosen in each for chosen in best):
                best.append(each)
        return best


@dataclass(slots=True)
class Taught:
    """A decided comment: its features, and by how much it has moved the weights until now."""

    found: Sequence[int]
    is_spam: bool
    pull: float = 0.0


def study(learner: Classifier, fresh: Sequence[Taught], known: Sequence[Taught]) -> None:
    """Learn new lessons, and repeat each earlier one once, so that it is not forgotten."""
    for turn in range(PASSES):
        for each in [*fresh, *known] if turn == 0 else fresh:
            each.pull += learner.learn(each.found, is_spam=each.is_spam)


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


def together(start: array[float], learnt: array[float]) -> array[float]:
    """The weights that ship plus those that were learnt here."""
    return array("f", map(add, start, learnt))


def quantised(weights: Iterable[float]) -> bytes:
    """Weights as they ship: a byte each, in sixteenths; small, and the same on every machine."""
    steps = (max(-127, min(127, round(weight * _SCALE))) for weight in weights)
    return zlib.compress(array("b", steps).tobytes(), 9)


@cache
def starting_weights(path: Path = START) -> array[float]:
    """The weights that ship (docs/data-card.md); do not change them."""
    steps = array("b", zlib.decompress(path.read_bytes()))
    return array("f", (step / _SCALE for step in steps))
