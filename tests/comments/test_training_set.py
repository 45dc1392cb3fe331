"""The comments that were written for training: many languages and genres, and no two alike."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from shop.blueprints.comments.judging.folding import fold_text, word_set
from shop.blueprints.comments.judging.learning.features import features
from shop.blueprints.comments.judging.learning.training import examples

PATH = Path(__file__).parents[2] / "training" / "comments.csv"
LENGTH = 12
MOST_SHARED = 0.25
LANGUAGES = word_set("en de fr es pt it nl ru ar hi id pl tr")
SPAM = word_set(
    "testimonial praise offer loan crypto hacking essay gambling seo support reply-bait pharmacy dating recovery"
)
HONEST = word_set(
    "angry grieving religious technical short story quoting non-native source hotline money health magic"
)


def rows():
    with PATH.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shingles(text):
    """All groups of letters of one length, without what stands between words; so that it fits every writing."""
    letters = "".join(filter(str.isalnum, fold_text(text)))
    return {letters[at : at + LENGTH] for at in range(max(1, len(letters) - LENGTH + 1))}


def most_shared(texts):
    """The largest share of a text's shingles that another text has too."""
    sets = [shingles(text) for text in texts]
    where = {}
    for number, found in enumerate(sets):
        for shingle in found:
            where.setdefault(shingle, []).append(number)
    together = Counter(
        (one, other)
        for numbers in where.values()
        for at, one in enumerate(numbers)
        for other in numbers[at + 1 :]
    )
    shares = (
        (number / min(len(sets[one]), len(sets[other])), texts[one], texts[other])
        for (one, other), number in together.items()
    )
    return max(shares, default=(0.0, "", ""))


def test_no_text_of_the_training_set_repeats_another():
    """The control: a text that is half of another is found."""
    texts = [row["text"] for row in rows()]
    share, one, other = most_shared(texts)
    assert share < MOST_SHARED, (one, other)
    longest = max(texts, key=len)
    assert most_shared([*texts, longest[: len(longest) // 2]])[0] == 1.0


def test_the_training_set_has_both_kinds_in_every_language_and_genre():
    given = rows()
    labels = Counter(row["spam"] for row in given)
    assert min(labels.values()) >= 450
    for language in LANGUAGES:
        kinds = Counter(row["spam"] for row in given if row["language"] == language)
        assert min(kinds["0"], kinds["1"]) >= 12, language
    genres = Counter((row["spam"], row["genre"]) for row in given)
    assert all(genres["1", genre] >= 10 for genre in SPAM)
    assert all(genres["0", genre] >= 10 for genre in HONEST)


def test_names_and_pages_are_learnt_and_only_of_invented_writers(tmp_path):
    given = rows()
    assert all(row["url"].endswith(".example") for row in given if row["url"])
    real, invented = tmp_path / "real.csv", tmp_path / "invented.csv"
    real.write_text("spam,author,text\n1,Ruth,Hello\n", encoding="utf-8")
    invented.write_text("spam,name,domain,text\n1,Ruth,x.example,Hello\n", encoding="utf-8")
    without, [named] = examples(real)[0].features(), examples(invented)
    assert list(without) == list(features("Hello"))
    assert list(named.features()) == list(features("Hello", author="Ruth"))
