"""What decisions teach: each one notes a lesson, and a job moves the weights by all that are pending.

A decision that is undone takes its lesson back. What was rejected teaches nothing about spam. Only people's decisions
are lessons: what the site published or refused automatically would only teach it its own opinion. On what an import
brings people decided elsewhere.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cache

from sqlalchemy import select

from shop.blueprints.comments.judging import standing
from shop.blueprints.comments.judging.learning.classifier import (
    Classifier,
    Taught,
    counted,
    packed,
    starting_weights,
    study,
    together,
    unpacked,
)
from shop.blueprints.comments.judging.learning.experience import Experience, limits_of
from shop.blueprints.comments.judging.learning.features import features, words_in
from shop.blueprints.comments.judging.learning.languages import language_of
from shop.blueprints.comments.judging.models import LearnedWeights, Lesson
from shop.blueprints.comments.models import Comment, Decision, State
from shop.core.changes.remembered import remembered
from shop.plugins.api import db, enqueue, purge

JOB = "comments.learn"
REPLAYED_OF_EACH = 60
MOST_HONEST = 200
MOST_AT_ONCE = 2_000
_TAG = "comments:wording"
_ONLY = 1
_LABELS = {State.SPAM: 1, State.APPROVED: -1}


def experience() -> Experience:
    """What is known now, remembered in the process until something is learnt; what ships if nothing ever was."""
    return remembered(_TAG, _load, otherwise=_as_shipped())


@cache
def _as_shipped() -> Experience:
    return Experience(Classifier(starting_weights()))


def take_lesson(comment_id: int) -> None:
    """Note what the decisions on a comment say by now. Saying so twice changes nothing."""
    comment = db.session.get(Comment, comment_id)
    if comment is None or comment.state == State.ERASED:
        return
    lesson = db.session.get(Lesson, comment_id, with_for_update=True)
    label = _label(comment)
    if lesson is None:
        if not label:
            return
        lesson = Lesson(
            comment_id=comment_id,
            label=0,
            learnt=0,
            pull=0.0,
            features=b"",
            language="",
            counted_under=[],
        )
        db.session.add(lesson)
    if lesson.label != label:
        _count(lesson, comment, label)
        lesson.is_pending = lesson.learnt != label
        _ask_to_learn()


def unlearn(comment: Comment) -> None:
    """Take back what was learnt from a comment that is about to be erased; call before its name goes."""
    lesson = db.session.get(Lesson, comment.id, with_for_update=True)
    if lesson is not None and lesson.label:
        _count(lesson, comment, 0)
        lesson.is_pending = lesson.learnt != 0
        _ask_to_learn()


def learn_pending() -> None:
    """Move the weights by what is pending, and go over earlier lessons of both kinds again. One at a time."""
    wording = _locked_wording()
    # Also when nothing is pending any more: the next lesson must find a job of its own.
    wording.version += 1
    pending = _lessons(Lesson.is_pending.is_(True))
    if not pending:
        return
    for lesson in pending:
        wording.lessons += bool(lesson.label) - bool(lesson.learnt)
        wording.spam += (lesson.label > 0) - (lesson.learnt > 0)
    learnt = unpacked(wording.weights)
    learner = Classifier(_judging(learnt, wording))
    before = array("f", learner.weights)
    for lesson in pending:
        _take_back(learner, lesson)
    _study(learner, [lesson for lesson in pending if lesson.label], _known())
    for lesson in pending:
        lesson.learnt, lesson.is_pending = lesson.label, False
    for bucket, (now, then) in enumerate(zip(learner.weights, before, strict=True)):
        if now != then:
            learnt[bucket] += now - then
    wording.weights, wording.limits = packed(learnt), _limits(learner)
    purge(_TAG)
    if len(pending) == MOST_AT_ONCE:
        enqueue(JOB, unique_key=f"{JOB}:{wording.version}")


def _judging(learnt: array[float], wording: LearnedWeights) -> array[float]:
    """The weights that judge after so many decisions."""
    decisions = counted(wording.spam, wording.lessons - wording.spam)
    return together(starting_weights(), learnt, decisions)


def _known() -> list[Lesson]:
    """Earlier lessons to repeat: as many of each kind."""
    return [
        lesson
        for label in (1, -1)
        for lesson in _lessons(
            Lesson.learnt == label, Lesson.is_pending.is_(False), limit=REPLAYED_OF_EACH
        )
    ]


def _count(lesson: Lesson, comment: Comment, label: int) -> None:
    """Let a decision count for the sender and for what is linked to; what was counted before counts no longer."""
    # One of an earlier version that `earlier_decisions` has not reached yet counts for the sender alone.
    counted_under = lesson.counted_under or standing.keys_of_sender(comment)
    standing.count_decision(counted_under, lesson.label, -1)
    lesson.counted_under = standing.keys_of(comment) if label else []
    standing.count_decision(lesson.counted_under, label, 1)
    lesson.label = label


def _study(learner: Classifier, fresh: Sequence[Lesson], known: Sequence[Lesson]) -> None:
    taught = {lesson.comment_id: _taught(lesson) for lesson in [*fresh, *known]}
    study(
        learner,
        [taught[lesson.comment_id] for lesson in fresh],
        [taught[lesson.comment_id] for lesson in known],
    )
    for lesson in [*fresh, *known]:
        lesson.pull = taught[lesson.comment_id].pull


def _limits(learner: Classifier) -> dict[str, float]:
    """From the newest honest lessons, as the weights see them now."""
    honest = _lessons(Lesson.learnt < 0, limit=MOST_HONEST)
    return limits_of(learner, ((lesson.language, _taught(lesson)) for lesson in honest))


def _taught(lesson: Lesson) -> Taught:
    return Taught(array("H", lesson.features), lesson.label > 0, lesson.pull)


def _take_back(learner: Classifier, lesson: Lesson) -> None:
    """Undo what a lesson did, and read the comment again if it still teaches something."""
    if lesson.pull:
        learner.move(array("H", lesson.features), -lesson.pull)
    lesson.pull, lesson.features, lesson.language = 0.0, b"", ""
    if lesson.label:
        comment = db.session.get(Comment, lesson.comment_id)
        if comment is not None:
            found = features(comment.body, author=comment.author_name, email=comment.email)
            lesson.features = found.tobytes()
            lesson.language = language_of(words_in(comment.body))


def _label(comment: Comment) -> int:
    """What the decisions on a comment say; of an imported one that nobody decided on here, its state there."""
    label = _LABELS.get(State(comment.state), 0)
    if not label:
        return 0
    standing_ones = select(Decision.id).where(
        Decision.comment_id == comment.id, Decision.undone_at.is_(None)
    )
    decided = standing_ones.where(Decision.to_state == comment.state)
    if db.session.scalar(decided.limit(1)) is not None:
        return label
    return label if comment.import_key else 0


def _ask_to_learn() -> None:
    """One job for all lessons until the next version; a shared lock keeps the version from changing meanwhile."""
    version = db.session.scalar(
        select(LearnedWeights.version).where(LearnedWeights.id == _ONLY).with_for_update(read=True)
    )
    enqueue(JOB, unique_key=f"{JOB}:{version or 0}")


def _locked_wording() -> LearnedWeights:
    wording = db.session.get(LearnedWeights, _ONLY, with_for_update=True)
    if wording is None:
        wording = LearnedWeights(id=_ONLY, version=0, lessons=0, spam=0, limits={}, weights=b"")
        db.session.add(wording)
        db.session.flush()
    return wording


def _lessons(*which: object, limit: int = MOST_AT_ONCE) -> Sequence[Lesson]:
    query = select(Lesson).where(*which).order_by(Lesson.comment_id.desc()).limit(limit)  # type: ignore[arg-type]
    return db.session.scalars(query).all()


def _load() -> Experience:
    wording = db.session.get(LearnedWeights, _ONLY, populate_existing=True)
    if wording is None:
        return _as_shipped()
    learnt = unpacked(wording.weights)
    return Experience(
        Classifier(_judging(learnt, wording)),
        learnt,
        honest=wording.lessons - wording.spam,
        spam=wording.spam,
        limits=wording.limits,
    )
