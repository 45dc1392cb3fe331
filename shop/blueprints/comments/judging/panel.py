"""Asks every check about a comment, and copes with checks that fail, hang or answer with a wrong type.

The checks of one comment run one after the other in a thread of their own. Each has a budget of time: one that uses
it up is left behind, a new thread asks the rest, and a visitor waits for a second at most. No failed query and no row
is left behind for the next: a check begins with a session of its own, but for those of comments, which only read and
share one. Whatever a check does not answer in time counts as unsure, and then a person decides.
"""

from __future__ import annotations

import _thread
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import Flask, current_app
from flask_babel import lazy_gettext as _l

from shop.blueprints.comments.judging.checks import read_lists
from shop.blueprints.comments.reasons import LONGEST_REASON, Kept, to_keep
from shop.plugins import bounded, check_title, fitting, guarded, registry
from shop.plugins.api import CommentCheck, CommentDraft, Evidence, db
from shop.plugins.guard.health import owner_of

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 1.0
CHECK_SECONDS = 0.4
MOST_AT_ONCE = 64
OWN_PLUGIN = "comments"
SEEN_WHEN_SENT = frozenset({"honeypot", "pace"})
"""Checks of how a comment was sent: that can't be seen again, so what they said then stands."""
_room = threading.BoundedSemaphore(MOST_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check said. `reason` is as it is kept (`reasons`); the rest as in `Evidence`."""

    check: str
    reason: Kept
    points: int = 0
    is_conclusive: bool = False
    is_unsure: bool = False
    holds: bool = False
    hint: str = ""
    leaning: float = 0.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all checks said."""

    findings: tuple[Finding, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether a fact, and no mere opinion, speaks against the comment."""
        return any(finding.is_conclusive for finding in self.findings)

    @property
    def is_unsure(self) -> bool:
        """Whether a check did not answer."""
        return any(finding.is_unsure for finding in self.findings)

    @property
    def needs_a_person(self) -> bool:
        """Whether something was found that is never published unread."""
        return any(finding.holds for finding in self.findings)

    @property
    def score(self) -> int:
        """Where the comment stands in the queue: all points, the good ones too, and what is only likely."""
        leaning = sum(finding.leaning for finding in self.findings)
        return round(sum(finding.points for finding in self.findings) + leaning)

    @property
    def points_against(self) -> int:
        """What speaks against the comment alone; nothing good takes any of it away."""
        return sum(max(0, finding.points) for finding in self.findings)

    @property
    def hints(self) -> list[str]:
        """Friendly hints for the commenter, each once."""
        return list(dict.fromkeys(each.hint for each in self.findings if each.hint))

    def since_sent(
        self, evidence: Iterable[dict[str, Any]], and_of: frozenset[str] = frozenset()
    ) -> Judgement:
        """This, after what was seen when the comment was sent: a new text does not undo how the first one came.

        What the checks `and_of` said stays as well, because they are not asked again.
        """
        stay = SEEN_WHEN_SENT | and_of
        kept = (Finding(**each) for each in evidence if each["check"] in stay)
        return Judgement((*kept, *self.findings))

    def as_rows(self) -> list[dict[str, Any]]:
        """The findings as they are stored with the comment, for a moderator to read."""
        return [
            {
                "check": each.check,
                "reason": each.reason,
                "points": each.points,
                "is_conclusive": each.is_conclusive,
                "is_unsure": each.is_unsure,
                **({"holds": True} if each.holds else {}),
            }
            for each in self.findings
            if each.reason
        ]


def late_checks() -> frozenset[str]:
    """The names of the checks that are asked later, by a job (`late`)."""
    return frozenset(check.name for check in registry().late_comment_checks)


def judge(draft: CommentDraft) -> Judgement:
    """Ask all checks. Never raises, and takes about a second at most; keep it out of units of work.

    The first comment of a process waits for the lists too, which no check's time has room for.
    """
    _read_lists()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    checks = tuple(registry().comment_checks)
    ends = time.monotonic() + PATIENCE_SECONDS
    said: list[list[Finding] | None] = []
    while len(said) < len(checks) and time.monotonic() < ends:
        hearing = _begin(app, checks[len(said) :], draft)
        if hearing is None:
            break
        said += hearing.answers_by(ends)
    return Judgement(tuple(_findings(checks, said)))


def _read_lists() -> None:
    try:
        read_lists()
    except Exception:
        log.exception("comment_checks.lists_unread")


@dataclass(slots=True)
class _Hearing:
    """Checks at work on one comment. An answer for each in turn, None when it failed; `began` is the one at work."""

    app: Flask
    checks: Sequence[CommentCheck]
    draft: CommentDraft
    answers: list[list[Finding] | None] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    is_over: bool = False
    was_strange: bool = False
    has_ended: threading.Event = field(default_factory=threading.Event)

    def answers_by(self, ends: float) -> list[list[Finding] | None]:
        """What was answered until all have, or one has used its time up: that one's answer is None, and the last.

        Whoever waits is woken once, not by each answer: that cost more than most checks.
        """
        while (left := min(self.began + CHECK_SECONDS, ends) - time.monotonic()) > 0:
            if self.has_ended.wait(left):
                break
        self.is_over = True
        answered = self.answers[:]
        return answered if len(answered) == len(self.checks) else [*answered, None]

    def run(self, room: threading.BoundedSemaphore) -> None:
        try:
            with self.app.app_context():
                for check in self.checks:
                    if self.is_over:
                        return
                    self.began = time.monotonic()
                    self.answers.append(self._ask(check))
        finally:
            room.release()
            self.has_ended.set()

    def _ask(self, check: CommentCheck) -> list[Finding] | None:
        is_strange = owner_of(check) != OWN_PLUGIN
        if is_strange or self.was_strange:
            db.session.remove()
        self.was_strange = is_strange
        return guarded(
            "comment_checks",
            check,
            lambda: [
                finding_of(check, fitting(each, Evidence))
                for each in bounded(check.judge(self.draft))
            ],
            otherwise=None,
        )


def _begin(app: Flask, checks: Sequence[CommentCheck], draft: CommentDraft) -> _Hearing | None:
    """Put checks to work, unless too many are at it already."""
    room = _room
    if not room.acquire(blocking=False):
        log.error("comment_checks.crowded")
        return None
    hearing = _Hearing(app, checks, draft)
    # A `Thread` would make us wait until it runs, and then for what it does.
    _thread.start_new_thread(hearing.run, (room,))
    return hearing


def _findings(
    checks: Sequence[CommentCheck], said: Sequence[list[Finding] | None]
) -> Iterator[Finding]:
    """What was said; of a check that said nothing, that it is unsure."""
    for index, check in enumerate(checks):
        found = said[index] if index < len(said) else None
        if found is not None:
            yield from found
        else:
            log.warning("comment_check.unsure", check=check_title(check))
            words = _l("This check failed: %(check)s", check=check.name)
            yield Finding(check.name, to_keep(words), is_unsure=True)


def finding_of(check: CommentCheck, evidence: Evidence) -> Finding:
    """What a check said, in our own types. Raises where it is of another."""
    return Finding(
        check=check.name,
        reason=to_keep(evidence.reason),
        points=int(evidence.points),
        is_conclusive=evidence.is_conclusive is True,
        holds=evidence.holds is True,
        hint=str(evidence.hint)[:LONGEST_REASON],
        leaning=float(evidence.leaning),
    )
