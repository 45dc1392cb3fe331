"""How well comments are judged: on labelled sets that the weights were not trained on, and on honest answers.

python -m bench.spam FOLDER        (or SHOP_SPAM_DATA=FOLDER)

FOLDER holds `youtube.csv` and `counsel-answers.csv` (docs/data-card.md). They are read, never copied. Each set is
judged by weights that were trained without it, so not by those that ship. Local decisions are the first of the set,
as they came in time; what is measured is the rest.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
import tomllib
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby
from pathlib import Path

from bench import ground
from bench.harness import table
from shop.app import create_app
from shop.blueprints.comments.judging import checks, panel, policy
from shop.blueprints.comments.judging.classifier import (
    Classifier,
    Taught,
    nothing_learnt,
    starting_weights,
    study,
    together,
)
from shop.blueprints.comments.judging.experience import Experience, limits_of
from shop.blueprints.comments.judging.features import features, words_in
from shop.blueprints.comments.judging.languages import language_of
from shop.blueprints.comments.judging.lessons import MOST_HONEST, REPLAYED_OF_EACH
from shop.blueprints.comments.judging.prints import print_of
from shop.blueprints.comments.judging.training import Example, examples, train
from shop.blueprints.comments.models import State
from shop.config import Config
from shop.core import clock
from shop.extensions import db
from shop.plugins import migrations
from shop.plugins.types import CommentCheck, CommentDraft
from tests.factories.campaigns import variations
from tests.factories.comments import make_article, make_comment

LOCAL = (0, 50, 200, 500)
BATCH = 10
AT = 0.75
FEWEST_LEFT = 50
RULES: tuple[CommentCheck, ...] = (
    checks.Links(),
    checks.Contacts(),
    checks.Names(),
    checks.Testimonials(),
)


def main() -> None:
    """Measure and print."""
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SHOP_SPAM_DATA", "")
    if not given:
        sys.exit("Say where the labelled comments are: python -m bench.spam FOLDER")
    videos = {
        name: list(rows)
        for name, rows in groupby(
            examples(Path(given) / "youtube.csv"), key=lambda each: each.source
        )
    }
    answers = examples(Path(given) / "counsel-answers.csv")
    with tempfile.TemporaryDirectory(prefix="shop-bench-") as folder:
        app = create_app(Config(data_dir=Path(folder), secret_key=ground.KEY))
        with app.app_context():
            migrations.upgrade_all()
            _wording(videos, answers)
            _honest(videos, answers)
            _flooded(videos, answers)
            _rules(videos, answers)
            _attacked()
            _speed(videos, answers)
            db.engine.dispose()


def _wording(videos: dict[str, list[Example]], answers: list[Example]) -> None:
    """The classifier alone, on each video and on two as one site; trained on the others and half of the answers."""
    names = list(videos)
    both = f"{names[1]} and the next as one site"
    sets = {name: [name] for name in names} | {both: names[1:], f"{both}, from nothing": names[1:]}
    rows: list[tuple[str, ...]] = []
    for title, tested in sets.items():
        trained = [each for name in names if name not in tested for each in videos[name]]
        start = Classifier() if "nothing" in title else train([*trained, *answers[::2]])
        stream = [each for name in tested for each in videos[name]]
        lessons = [(features(each.text), each.is_spam) for each in _mixed(stream, len(tested))]
        rows += [(title, *_row(start, lessons, decided)) for decided in LOCAL]
    table(
        f"The wording alone, on sets it was not trained on (spam above {AT})",
        rows,
        ("set", "local decisions", "measured (spam)", "precision", "recall", "AUC"),
    )


def _mixed(stream: Sequence[Example], parts: int) -> list[Example]:
    """Two videos mixed, as if they were comments of one site; the second result is for one video alone."""
    size = len(stream)
    order = sorted(range(size), key=lambda at: (at % (size // parts + 1)) / (size // parts + 1))
    return [stream[at] for at in order] if parts > 1 else list(stream)


def _row(
    start: Classifier, lessons: Sequence[tuple[array[int], bool]], decided: int
) -> tuple[str, ...]:
    rest = lessons[decided:]
    spam = sum(is_spam for _found, is_spam in rest)
    if len(rest) < FEWEST_LEFT or not 0 < spam < len(rest):
        return (str(decided), f"{len(rest)} left: too few", "", "", "")
    learner = _site(start.weights, [Taught(*lesson) for lesson in lessons[:decided]])
    scored = [(learner.probability(found), is_spam) for found, is_spam in rest]
    caught = sum(is_spam for score, is_spam in scored if score >= AT)
    flagged = sum(score >= AT for score, _is_spam in scored)
    precision = f"{caught / flagged:.2f}" if flagged else "none flagged"
    return (
        str(decided),
        f"{len(rest)} ({spam})",
        precision,
        f"{caught / spam:.2f}",
        f"{_auc(scored):.3f}",
    )


def _site(start: array[float], decided: Sequence[Taught]) -> Classifier:
    """What a site knows that begins with these weights and decides in handfuls, as `lessons.learn_pending` learns."""
    learnt = nothing_learnt()
    learner = Classifier(together(start, learnt, 0))
    for at in range(0, len(decided), BATCH):
        fresh, earlier = decided[at : at + BATCH], decided[:at]
        known = [
            lesson
            for is_spam in (True, False)
            for lesson in [each for each in earlier if each.is_spam is is_spam][-REPLAYED_OF_EACH:]
        ]
        learner = Classifier(together(start, learnt, at + len(fresh)))
        before = array("f", learner.weights)
        study(learner, fresh, known)
        moved = zip(learnt, learner.weights, before, strict=True)
        learnt = array("f", (one + now - then for one, now, then in moved))
    return learner


def _flooded(videos: dict[str, list[Example]], answers: list[Example]) -> None:
    """Who is accused in words after 200 spam decisions in a row, on sites that decided on some of both before."""
    rows = []
    for title, own in {**videos, "counsellors' answers": answers}.items():
        honest = [each for each in own if not each.is_spam]
        spam = [each for each in own if each.is_spam]
        strange = [
            each
            for name, others in videos.items()
            for each in others
            if name != title and each.is_spam
        ]
        size = min(60, len(honest) // 2)
        both = [
            each
            for pair in zip(honest[:size], [*spam, *strange][:size], strict=False)
            for each in pair
        ]
        before, after = both, [*both, *strange[60:260]]
        for when, decided in (("before", before), ("after", after)):
            known = _experience(decided)
            rows.append(
                (
                    title,
                    when,
                    _accused(known, honest[size : size + 300]),
                    _accused(known, [*spam[size:], *strange[260:]][:300]),
                )
            )
    table(
        "Accused in words, before and after a flood of 200 spam decisions in a row",
        rows,
        ("site", "flood", "honest ones not seen before", "spam not seen before"),
    )


def _experience(decided: Sequence[Example]) -> Experience:
    lessons = [Taught(features(each.text), each.is_spam) for each in decided]
    learner = _site(starting_weights(), lessons)
    honest = [
        (language_of(words_in(each.text)), lesson)
        for each, lesson in zip(decided, lessons, strict=True)
        if not each.is_spam
    ]
    spam = len(decided) - len(honest)
    limits = limits_of(learner, honest[-MOST_HONEST:])
    return Experience(learner, learner.weights, len(honest), spam, limits)


def _accused(known: Experience, texts: Sequence[Example]) -> str:
    number = 0
    for each in texts:
        limit = known.limit_for(each.text)
        number += limit is not None and known.classifier.logit(features(each.text)) > limit
    return f"{number} of {len(texts)} ({number / len(texts):.1%})" if texts else "none left"


def _auc(scored: Sequence[tuple[float, bool]]) -> float:
    """How often a spam scores above an honest one; a tie counts half."""
    ranked = sorted(scored)
    ranks: dict[float, float] = {}
    at = 0
    for score, group in groupby(ranked, key=lambda each: each[0]):
        size = len(list(group))
        ranks[score] = at + (size + 1) / 2
        at += size
    spam = [ranks[score] for score, is_spam in scored if is_spam]
    honest = len(scored) - len(spam)
    return (sum(spam) - len(spam) * (len(spam) + 1) / 2) / (len(spam) * honest)


def _honest(videos: dict[str, list[Example]], answers: list[Example]) -> None:
    """False alarms of the wording on counsellors' answers, without any of them in training and with the other half."""
    spam_only = [each for rows in videos.values() for each in rows]
    rows = []
    for title, trained, tested in (
        ("trained on the videos alone", spam_only, answers),
        ("and on every other answer", [*spam_only, *answers[::2]], answers[1::2]),
    ):
        start = train(trained)
        scores = [start.probability(features(each.text)) for each in tested]
        rows.append((title, str(len(tested)), *(_share(scores, at) for at in (0.5, AT, 0.92))))
    table(
        "False alarms of the wording on counsellors' honest answers",
        rows,
        ("weights", "answers", "above 0.5", f"above {AT}", "above 0.92"),
    )


def _share(scores: Sequence[float], at: float) -> str:
    number = sum(score >= at for score in scores)
    return f"{number} ({number / len(scores):.1%})"


def _rules(videos: dict[str, list[Example]], answers: list[Example]) -> None:
    """What the rules would hold of somebody who is known; for a first comment everything is held."""
    made = [Example(each.body, is_spam=True) for each in variations(200, seed=7)]
    sets = {
        "counsellors' answers": answers,
        **videos,
        "generated testimonials (own making)": made,
    }
    rows = []
    for title, given in sets.items():
        for is_spam in (True, False):
            texts = [each.text for each in given if each.is_spam is is_spam]
            if texts:
                rows.append((title, "spam" if is_spam else "honest", *_held(texts)))
    table(
        "What the rules alone would hold of somebody who is known here",
        rows,
        ("set", "kind", "texts", "held", *(rule.name for rule in RULES)),
    )


def _held(texts: Sequence[str]) -> tuple[str, ...]:
    counted: Counter[str] = Counter()
    for text in texts:
        findings = tuple(
            panel._finding(rule, evidence)  # noqa: SLF001 - as they are judged
            for rule in RULES
            for evidence in rule.judge(_draft(text))
        )
        counted["held"] += policy.would_hold(panel.Judgement(findings))
        counted.update({finding.check for finding in findings if finding.points > 0})
    total = len(texts)
    return (
        str(total),
        f"{counted['held'] / total:.1%}",
        *(f"{counted[rule.name] / total:.1%}" for rule in RULES),
    )


def _attacked() -> None:
    """Two steps: innocent and approved, on one day and then on two; then each testimonial from the same person."""
    chance = random.Random(1)
    article = make_article()
    who = {"author": "Ruth Abel", "email": "ruth@example.org"}
    planted = (Path(__file__).parents[1] / "shop/demo/content/comments.toml").read_text()
    bodies = [each.body for each in variations(200, seed=11)]
    bodies += [
        row["body"]
        for row in tomllib.loads(planted)["comments"]
        if row["id"].startswith(("love-spell", "phone-hacker", "campaign"))
    ]
    harmless = "I would call the seventh key a ceasefire."
    rows = []
    for approved in (1, 2):
        posted_at = clock.now() - timedelta(days=9 - approved)
        make_comment(article, author_name=who["author"], email=who["email"], posted_at=posted_at)
        published = sum(_is_published(body, who) for body in chance.sample(bodies, len(bodies)))
        control = "published" if _is_published(harmless, who) else "waits"
        rows.append((str(approved), f"{published} of {len(bodies)}", control))
    table(
        "The attack in two steps: testimonials published of somebody with approved comments",
        rows,
        ("days with an approval", "testimonials published", "control: a harmless comment"),
    )
    if any(not row[1].startswith("0 ") for row in rows):
        sys.exit("A testimonial was published without a person.")


def _is_published(body: str, who: dict[str, str]) -> bool:
    draft = CommentDraft(1, who["author"], who["email"], body, None, "", None, "")
    return policy.first_state(draft, panel.judge(draft)) is State.APPROVED


def _speed(videos: dict[str, list[Example]], answers: list[Example]) -> None:
    """Processor time of each part for a comment, on short and on long ones."""
    sets = {
        "videos": [each for rows in videos.values() for each in rows][:600],
        "answers": answers[:600],
    }
    learner = Classifier()
    parts: dict[str, Callable[[str], object]] = {
        "wording: features and probability": lambda text: learner.probability(features(text)),
        "wording: learn one": lambda text: learner.learn(features(text), is_spam=True),
        "print of the text": lambda text: print_of.__wrapped__(text),
        **{
            f"check: {rule.name}": lambda text, rule=rule: list(rule.judge(_draft(text)))
            for rule in RULES
        },
        "all checks, with the database": lambda text: panel.judge(_draft(text)),
    }
    rows = []
    for title, part in parts.items():
        row = [title]
        for texts in sets.values():
            began = time.process_time()
            for each in texts:
                part(each.text)
            row.append(f"{(time.process_time() - began) / len(texts) * 1e6:,.0f}")
        rows.append(tuple(row))
    lengths = (sum(len(each.text) for each in texts) // len(texts) for texts in sets.values())
    table(
        "Microseconds of CPU a comment",
        rows,
        (
            "what",
            *(f"{name}, {length} letters" for name, length in zip(sets, lengths, strict=True)),
        ),
    )


def _draft(text: str) -> CommentDraft:
    return CommentDraft(1, "Ruth", "ruth@example.org", text, None, "", None, "")


if __name__ == "__main__":
    main()
