"""Reading disguised words, printing texts, weighing wordings: without a database."""

from __future__ import annotations

import hashlib
import random
import re
import time
import tomllib
from array import array
from pathlib import Path
from zlib import crc32

import pytest

from shop.blueprints.comments.judging.campaigns import NEAR
from shop.blueprints.comments.judging.folding import WORD, costumes, fold_text, folded_words
from shop.blueprints.comments.judging.learning import classifier, training
from shop.blueprints.comments.judging.learning.classifier import (
    Classifier,
    Taught,
    counted,
    starting_weights,
    study,
    together,
)
from shop.blueprints.comments.judging.learning.experience import LIKELY, Experience, limits_of
from shop.blueprints.comments.judging.learning.features import (
    BUCKETS,
    PIECE,
    features,
    pieces_of,
    words_in,
)
from shop.blueprints.comments.judging.learning.languages import is_common, language_of
from shop.blueprints.comments.judging.learning.training import Example, train
from shop.blueprints.comments.judging.prints import print_of, similarity
from tests.factories.campaigns import variations

ROOT = Path(__file__).parent.parent.parent
HONEST = "We tried the third key with a kitchen timer, and it felt silly for a week, and then it did not."
READERS = (
    (
        "I read this to my wife.",
        "My mother would have liked that.",
        "Two years ago I left him.",
        "We tried it at last.",
    ),
    (
        "The third key is the hard one.",
        "I do not agree about the fifth.",
        "What you say of silence is true.",
    ),
    (
        "He came back after a while and we talk now.",
        "She never answers when I call.",
        "My husband laughed.",
    ),
    (
        "I cried in the car.",
        "It took us months.",
        "The kids noticed.",
        "I have no hope for my brother, though.",
    ),
    (
        "Thank you for this.",
        "Is there a book about it?",
        "I would write it otherwise.",
        "Please go on.",
    ),
)
SOLD = ("lucky casino", "the jackpot slots", "golden poker bonus", "betting heaven")
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


def test_likeness_is_the_share_of_bins_that_agree():
    one = bytes(range(64))
    assert similarity(one, one) == 1
    assert similarity(one, bytes(48) + one[48:]) == 17 / 64  # the first bin is 0 in both
    assert similarity(one, one[1:] + one[:1]) == 0


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


def test_what_ships_fades_by_decisions_of_the_rarer_kind():
    """Who decided on 48 honest comments and two of spam does not know spam yet."""
    ships, learnt = array("f", [1.0]), array("f", [0.0])
    assert together(ships, learnt, counted(0, 500))[0] == 1.0
    assert together(ships, learnt, counted(2, 48))[0] > 0.8
    assert together(ships, learnt, counted(25, 25))[0] == pytest.approx(1 / 3)
    assert together(ships, learnt, counted(48, 2)) == together(ships, learnt, counted(2, 48))


def test_the_words_that_tell_are_named():
    learner = Classifier()
    learner.learn(features(SPAM), is_spam=True)
    learner.learn(features(HONEST), is_spam=False)
    known = Experience(learner, learner.weights)
    for text, is_spam in ((SPAM, True), (HONEST, False)):
        told = known.telling(text, for_spam=is_spam)
        assert len(told) == 3
        assert all(each in fold_text(text) for each in told)
        assert not any(map(is_common, told)), told
        assert known.telling(text, for_spam=not is_spam) == []


def test_common_words_of_any_language_tell_nothing():
    """The control: the same text with one rare word in it has one word to quote."""
    for common in (
        "I have been here before and this is what you were",
        "ich habe es auch so und nicht",
    ):
        learner = Classifier()
        learner.learn(features(f"{common} piano"), is_spam=True)
        known = Experience(learner, learner.weights)
        assert known.telling(common, for_spam=True) == []
        assert known.telling(f"{common} piano", for_spam=True) == ["piano"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Merci beaucoup pour cet article, je suis très touchée.", "fr"),
        ("Obrigada pelo texto, fiquei muito emocionada.", "pt"),
        ("Danke, das hat mir sehr geholfen.", "de"),
        ("Terima kasih atas artikel ini, sangat membantu.", "id"),
        ("Спасибо за статью, очень помогло", "ru"),
        ("קראתי את זה", "he"),
        ("Thank you for writing this, it is what I needed.", "en"),
        ("Rouen. Yes.", ""),
    ],
)
def test_the_language_of_a_text_is_told_by_its_common_words(text, language):
    assert language_of(words_in(text)) == language


def _honest(number):
    """What readers of a magazine about trust might say, in so many ways."""
    chance = random.Random(number)
    return " ".join(chance.choice(part) for part in READERS)


def _sold(number):
    """The same, in the words of somebody who copies readers and sells something."""
    return f"{_honest(number + 5000)} Play at {random.Random(number).choice(SOLD)} tonight!"


def test_a_flood_of_spam_accuses_no_honest_reader():
    """200 decisions of one kind in a row, learnt in handfuls as they come.

    The control: without the weights of the kinds, taking turns and the limit it accuses nearly everyone, as it did.
    """

    def lesson(text, *, is_spam):
        return Taught(features(text), is_spam)

    learner, honest = Classifier(), [lesson(_honest(at), is_spam=False) for at in range(30)]
    spam = [lesson(_sold(at), is_spam=True) for at in range(210)]
    study(learner, spam[:10], honest)
    for start in range(10, 210, 10):
        study(learner, spam[start : start + 10], [*spam[max(0, start - 60) : start], *honest])
    limits = limits_of(learner, [("en", each) for each in honest])
    known = Experience(learner, learner.weights, len(honest), len(spam), limits)
    new = [_honest(at) for at in range(1000, 1060)]
    assert sum(_is_accused(known, text) for text in new) <= len(new) / 20
    later = [_sold(at) for at in range(1000, 1060)]
    assert sum(_is_accused(known, text) for text in later) > len(later) * 0.9
    careless = Classifier()
    for each in [
        *honest,
        *spam,
    ]:  # the last 200 of one kind, and no kind weighs as much as the other
        for _turn in range(3):
            careless.learn(each.found, is_spam=each.is_spam)
    accused = sum(careless.probability(features(text)) > 0.75 for text in new)
    assert accused > len(new) / 2


def test_where_a_flood_outweighs_the_honest_the_sites_own_limit_accuses_nobody(monkeypatch):
    """Three honest comments are repeated beside sixty of spam. The controls: with a limit that is the same everywhere
    some are accused, and more where no kind weighs as much as the other."""
    new = [features(_honest(at)) for at in range(1000, 1060)]
    learner, limit = _after_a_flood()
    assert not any(learner.logit(each) > max(limit, LIKELY) for each in new)
    by_fixed_limit = sum(learner.logit(each) > LIKELY for each in new)
    monkeypatch.setattr(classifier, "_weight", lambda _own, _other: 1.0)
    unbalanced, _limit = _after_a_flood()
    assert sum(unbalanced.logit(each) > LIKELY for each in new) > by_fixed_limit > 0


def _after_a_flood():
    """What is learnt, and the limit by the site's own honest comments."""
    learner = Classifier()
    honest = [Taught(features(_honest(at)), is_spam=False) for at in range(30)]
    spam = [Taught(features(_sold(at)), is_spam=True) for at in range(210)]
    study(learner, spam[:10], honest)
    for start in range(10, 210, 10):
        study(learner, spam[start : start + 10], [*spam[max(0, start - 60) : start], *honest[:3]])
    return learner, limits_of(learner, [("en", each) for each in honest])["en"]


def _is_accused(known, text):
    limit = known.limit_for(text)
    return limit is not None and known.classifier.logit(features(text)) > limit


def test_at_most_one_in_twenty_honest_comments_is_above_the_limit():
    """Each is looked at without what was learnt from itself; in languages with too few there is no limit."""
    learner = Classifier()
    words = [f"{chr(97 + at // 26)}{chr(97 + at % 26)}wort" for at in range(60)]
    honest = [Taught(features(f"{HONEST} {word}"), is_spam=False) for word in words]
    study(learner, honest, [Taught(features(SPAM), is_spam=True)])
    found = limits_of(learner, [("en", each) for each in honest[:40]] + [("fr", honest[41])])
    assert set(found) == {"", "en"}
    later = [learner.logit(each.found) for each in honest[40:]]
    assert sum(score > found["en"] for score in later) <= len(later) / 20


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


@pytest.mark.parametrize(
    "text", ["", "a", "abc", "abcd", HONEST, "ünï çödé 7 ñ", "कब तक", "a_b-c'd 12x", "x" * 3000]
)
def test_what_is_reckoned_at_once_is_what_one_by_one_gives(text):
    folded = fold_text(text)
    assert folded_words(folded) == re.findall(WORD, folded)
    letters = text.encode()
    one_by_one = [crc32(letters[at : at + PIECE], 1) % BUCKETS for at in range(len(letters) - 3)]
    assert list(pieces_of(text)) == one_by_one


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
