"""Asks every check about a comment, and lives with checks that fail, hang or talk nonsense.

The checks of one comment run in a thread of their own, so that one that hangs costs a visitor a second and no more;
each has an application context of its own, so that none leaves anything behind for the next. Whatever a check does not
answer in time counts as unsure, and then a person decides.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from flask import Flask, current_app
from flask_babel import gettext as _

from shop.plugins import registry
from shop.plugins.types import CommentCheck, CommentDraft, Evidence

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 1.0
LONGEST_REASON = 200
MOST_AT_ONCE = 64
_room = threading.BoundedSemaphore(MOST_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check said, as it is stored with the comment."""

    check: str
    reason: str
    points: int = 0
    is_conclusive: bool = False
    is_unsure: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all checks said."""

    findings: tuple[Finding, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether a fact, and no mere opinion, speaks against the comment."""
        return any(finding.is_conclusive for finding in self.findings)

    @property
    def is_clean(self) -> bool:
        """Whether every check answered and none spoke against the comment."""
        return not any(finding.is_unsure or finding.points > 0 for finding in self.findings)

    def as_rows(self) -> list[dict[str, Any]]:
        """The findings as JSON."""
        return [asdict(finding) for finding in self.findings]


def judge(draft: CommentDraft) -> Judgement:
    """Ask all checks. Never raises, and takes about a second at most; keep it out of units of work."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    hearing = _Hearing(registry().comment_checks, draft)
    hearing.begin(app)
    hearing.over.wait(PATIENCE_SECONDS)
    return Judgement(tuple(hearing.findings()))


class _Hearing:
    """All checks at work on one comment, one after the other, so that a comment costs one thread and no more."""

    def __init__(self, checks: Sequence[CommentCheck], draft: CommentDraft) -> None:
        self.checks = tuple(checks)
        self.draft = draft
        self.over = threading.Event()
        self.said: dict[int, Sequence[Finding]] = {}

    def begin(self, app: Flask) -> None:
        room = _room
        if room.acquire(blocking=False):
            threading.Thread(target=self._run, args=(app, room), daemon=True).start()
        else:
            log.error("comment_checks.crowded")
            self.over.set()

    def _run(self, app: Flask, room: threading.BoundedSemaphore) -> None:
        try:
            for index, check in enumerate(self.checks):
                try:
                    with app.app_context():
                        self.said[index] = [
                            _finding(check, each) for each in check.judge(self.draft)
                        ]
                except Exception:
                    log.exception("comment_check.failed", check=check.name)
        finally:
            room.release()
            self.over.set()

    def findings(self) -> Iterator[Finding]:
        """What was said until now; of a check that said nothing, that it is unsure."""
        for index, check in enumerate(self.checks):
            said = self.said.get(index)
            if said is not None:
                yield from said
            else:
                log.warning("comment_check.unsure", check=check.name)
                words = _("Could not be judged: %(check)s", check=check.name)
                yield Finding(check.name, words, is_unsure=True)


def _finding(check: CommentCheck, evidence: Evidence) -> Finding:
    return Finding(
        check=check.name,
        reason=str(evidence.reason)[:LONGEST_REASON],
        points=int(evidence.points),
        is_conclusive=evidence.is_conclusive is True,
    )
