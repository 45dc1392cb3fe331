"""Reading disguised words, printing texts, weighing wordings: without a database."""

from __future__ import annotations

import hashlib
import time
import tomllib
from pathlib import Path

import pytest

from shop.blueprints.comments.judging import classifier, training
from shop.blueprints.comments.judging.campaigns import NEAR
from shop.blueprints.comments.judging.classifier import Classifier, Taught, starting_weights, study
from shop.blueprints.comments.judging.features import BUCKETS, features
from shop.blueprints.comments.judging.folding import costumes, fold_text
from shop.blueprints.comments.judging.prints import print_of, similarity
from shop.blueprints.comments.judging.training import Example, train
from tests.factories.campaigns import variations

ROOT = Path(__file__).parent.parent.parent
HONEST = "We tried the third key with a kitchen timer, and it felt silly for a week, and then it did not."
SPAM = "Contact the great doctor for a love spell, he brought back my husband in two days."


@pytest.mark.parametrize(
    "worn",
    [
        "𝓦𝓱𝓪𝓽𝓼𝓪𝓹𝓹",
        "Ｗｈａｔｓａｐｐ",
        "Whаtsаpp",
        "wh\u200bats\u00adapp",
        "ⓦⓗⓐⓣⓢⓐⓟⓟ",
        "🅆🄷🄰🅃🅂🄰🄿🄿",
        "whátsàpp",
    ],
)
def test_a_word_in_costume_is_the_same_word(worn):
    assert fold_text(worn) == "whatsapp"


def test_other_alphabets_are_no_costume():
    for honest in (
        "Привет, мир",
        "Καλημέρα",
        "קראתי את זה",
        "日本語です",
        "na\u200dïve 👩‍👩‍👧",
        "Zoë",
    ):
        assert costumes(honest) == []
    assert fold_text("Привет") == "привет"
    assert costumes("Write to Раul on Whаtsаpp") == ["Раul", "Whаtsаpp"]


def test_two_hundred_variations_have_nearly_one_print():
    prints = [print_of(each.body) for each in variations(200)]
    nearest = [
        max(similarity(one.bins, other.bins) for other in prints if other is not one)
        for one in prints
    ]
    assert min(nearest) > NEAR
    assert len({each.body for each in variations(200)}) == 200


def test_honest_comments_are_no_copies_of_each_other():
    path = ROOT / "shop" / "demo" / "content" / "comments.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["comments"]
    found = [print_of(row["body"]) for row in rows if row["state"] == "approved"]
    prints = [each for each in found if each]
    likest = max(
        similarity(one.bins, other.bins) for one in prints for other in prints if one is not other
    )
    assert likest < NEAR / 2


def test_a_short_text_has_no_print():
    assert print_of("Great article, thank you so much!") is None
    assert print_of("") is None


def test_what_is_learnt_can_be_taken_back():
    learner = Classifier()
    lessons = [Taught(features(SPAM), is_spam=True), Taught(features(HONEST), is_spam=False)]
    study(learner, lessons, [])
    assert learner.probability(features(SPAM)) > 0.9 > 0.1 > learner.probability(features(HONEST))
    for lesson in lessons:
        learner.move(lesson.found, -lesson.pull)
    assert max(map(abs, learner.weights)) < 1e-5


def test_the_words_that_tell_are_named():
    learner = Classifier()
    learner.learn(features(SPAM), is_spam=True)
    learner.learn(features(HONEST), is_spam=False)
    told = learner.telling(SPAM)
    assert len(told) == 3
    assert all(each in fold_text(SPAM) for each in told)
    assert learner.telling(HONEST) == []


def test_a_small_training_makes_the_same_bytes():
    given = [Example(SPAM, is_spam=True), Example(HONEST, is_spam=False)]
    made = classifier.quantised(train(given).weights)
    assert made == classifier.quantised(train(given[::-1]).weights)
    weights = starting_weights.__wrapped__(_file_with(made))
    assert hashlib.sha256(weights.tobytes()).hexdigest()[:16] == "30b4765b3879da5a"


def _file_with(made):
    class File:
        @staticmethod
        def read_bytes():
            return made

    return File


def test_the_training_script_reads_files_and_writes_weights(tmp_path, capsys):
    labelled, honest, out = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "made"
    labelled.write_text(f'spam,text\n1,"{SPAM}"\n0,"I liked it"\n', encoding="utf-8")
    honest.write_text(f'topic,text\ntrust,"{HONEST}"\n', encoding="utf-8")
    training.main([str(labelled), str(honest), "--out", str(out)])
    assert "3 texts, 1 of them spam" in capsys.readouterr().out
    assert len(starting_weights(out)) == BUCKETS


def test_the_weights_that_ship_are_those_of_the_data_card():
    digest = hashlib.sha256(classifier.START.read_bytes()).hexdigest()
    assert digest in (ROOT / "docs" / "data-card.md").read_text(encoding="utf-8")
    assert classifier.START.stat().st_size < 40_000
    assert Classifier(starting_weights()).probability(features(HONEST)) < 0.5


def test_a_comment_is_weighed_in_a_millisecond():
    text = " ".join(f"{HONEST} {number}" for number in range(10))
    learner = Classifier(starting_weights())
    best = 9.0
    for _ in range(20):
        began = time.thread_time()
        learner.probability(features(text))
        best = min(best, time.thread_time() - began)
    assert len(text) == 979
    assert best < 0.001
