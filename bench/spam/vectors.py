"""The same order with word vectors besides: what they add, and what they weigh.

Nothing of this ships. It is measured where `wordllama` (256 numbers a word, no network) is installed beside the shop.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.harness import table
from bench.spam.sites import area_after
from shop.blueprints.comments.judging.checks.wording import FURTHEST
from shop.blueprints.comments.judging.learning.training import Example, train

STEPS, RATE, SHRINK = 300, 2.0, 1e-3
LOCAL_WEIGHT = 3.0
"""How much a decision of the site counts beside a comment of the training sets."""


def compare(
    given: Mapping[str, Sequence[Example]], points: Mapping[str, int], local: Sequence[int]
) -> None:
    """Print the mean AUC of the whole score without and with vectors, each set left out in turn."""
    if find_spec("wordllama") is None:
        print("\nWord vectors were not measured: wordllama is not installed.")
        return
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    embed = _embedder()
    weight = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    texts = list({each.text for rows in given.values() for each in rows})
    began = time.process_time()
    vectors = dict(zip(texts, embed(texts), strict=True))
    each_takes = (time.process_time() - began) / len(texts) * 1e6
    rows = []
    for decided in local:
        plain, besides = [], []
        for name, stream in given.items():
            others = [each for other in given if other != name for each in given[other]]
            found = _areas(stream, others, points, decided, vectors)
            if found is not None:
                plain.append(found[0])
                besides.append(found[1])
        if plain:
            rows.append((str(decided), str(len(plain)), _mean(plain), _mean(besides)))
    table(
        "The whole score (AUC) without and with word vectors, each set left out in turn",
        rows,
        ("local decisions", "sets", "without", "with"),
    )
    print(f"\nVectors: {weight:.0f} MB in memory, {each_takes:.0f} microseconds of CPU a comment.")


def _mean(found: Sequence[float]) -> str:
    return f"{sum(found) / len(found):.3f}"


def _embedder() -> Callable[[Sequence[str]], Any]:
    import wordllama

    # Its tokenizer lies in a folder of the package that it takes for its cache alone.
    own = Path(wordllama.__file__).parent
    model = wordllama.WordLlama.load(cache_dir=own, disable_download=True)
    return lambda texts: model.embed(list(texts), norm=True)


def _areas(
    stream: Sequence[Example],
    others: Sequence[Example],
    points: Mapping[str, int],
    decided: int,
    vectors: Mapping[str, Any],
) -> tuple[float, float] | None:
    start = train(others).weights
    plain = area_after(start, stream, points, decided)
    if plain is None:
        return None
    by_vector = _trained(others, stream[:decided], vectors)

    def besides(each: Example) -> float:
        return max(-FURTHEST, min(FURTHEST, by_vector(vectors[each.text])))

    return plain, area_after(start, stream, points, decided, besides) or 0.0


def _trained(
    others: Sequence[Example], own: Sequence[Example], vectors: Mapping[str, Any]
) -> Callable[[Any], float]:
    """A balanced logistic regression on the vectors, by plain descent."""
    import numpy as np

    taught = [*others, *own]
    matrix = np.stack([vectors[each.text] for each in taught])
    is_spam = np.array([float(each.is_spam) for each in taught])
    counts = np.array([1.0] * len(others) + [LOCAL_WEIGHT] * len(own))
    for kind in (0.0, 1.0):
        chosen = is_spam == kind
        counts[chosen] *= 0.5 / max(counts[chosen].sum(), 1.0)
    weights, bias = np.zeros(matrix.shape[1]), 0.0
    for _step in range(STEPS):
        wrong = (1 / (1 + np.exp(-(matrix @ weights + bias))) - is_spam) * counts
        weights -= RATE * 10 * (matrix.T @ wrong + SHRINK * weights)
        bias -= RATE * wrong.sum()
    return lambda vector: float(vector @ weights + bias)
