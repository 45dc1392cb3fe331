"""Makes the weights that ship, from files whose licence allows it (docs/data-card.md).

    python -m shop.blueprints.comments.judging.learning.training FILE.csv ... [--out PATH]

A file is a CSV with a column `text` and, where not all of it is honest, a column `spam` (1 or 0). Of invented writers
it may have a `name` and a `url`; a column of another name, where real people's names may stand, is not read. The same
files make the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shop.blueprints.comments.judging.learning.classifier import START, Classifier, quantised
from shop.blueprints.comments.judging.learning.features import features

EPOCHS = 8
RATE = 1.5
FORGETTING = 0.98


@dataclass(frozen=True, slots=True)
class Example:
    """A text and whether it is spam; of an invented writer the name and the own page too."""

    text: str
    is_spam: bool
    source: str = ""
    name: str = ""
    url: str = ""
    language: str = ""

    def features(self) -> array[int]:
        """What is learnt from: all but the domain of the address, of which nothing true can be invented."""
        return features(self.text, author=self.name, url=self.url)


def examples(path: Path) -> list[Example]:
    """The examples in a file; one without a column `spam` is honest throughout."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Example(
                row["text"],
                row.get("spam", "0") == "1",
                row.get("source") or path.stem,
                row.get("name", ""),
                row.get("url", ""),
                row.get("language", ""),
            )
            for row in csv.DictReader(file)
            if row["text"].strip()
        ]


def train(given: Sequence[Example], *, epochs: int = EPOCHS) -> Classifier:
    """Learn from examples: in an order that depends on their texts alone, spam and honest ones weighing the same."""
    ordered = sorted(given, key=lambda each: hashlib.sha256(each.text.encode()).digest())
    spam = sum(each.is_spam for each in ordered)
    honest = len(ordered) - spam
    weigh = {True: _weight(honest, spam), False: _weight(spam, honest)}
    lessons = [(each.features(), each.is_spam) for each in ordered]
    classifier = Classifier()
    rate = RATE
    for _epoch in range(epochs):
        for found, is_spam in lessons:
            classifier.learn(found, is_spam=is_spam, rate=rate * weigh[is_spam])
        rate *= 0.7
        classifier.weights = array("f", (each * FORGETTING for each in classifier.weights))
    return classifier


def main(arguments: Iterable[str] | None = None) -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description="Make the weights that ship.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--out", type=Path, default=START)
    options = parser.parse_args(list(arguments) if arguments is not None else None)
    given = [example for path in options.files for example in examples(path)]
    written = quantised(train(given).weights)
    options.out.write_bytes(written)
    spam = sum(each.is_spam for each in given)
    digest = hashlib.sha256(written).hexdigest()
    sys.stdout.write(
        f"{len(given)} texts, {spam} of them spam; {len(written):,} bytes, SHA-256 {digest}\n"
    )


def _weight(other: int, own: int) -> float:
    return min(3.0, math.sqrt(other / own)) if own and other else 1.0


if __name__ == "__main__":
    main()
