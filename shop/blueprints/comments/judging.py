"""Asks every check about a comment, and lives with checks that fail, hang or talk nonsense.

Each check runs in a thread of its own with an application context of its own, so that one that hangs costs a visitor a
second and no more. Whatever a check does not answer counts as unsure, and then a person decides.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
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
    hearings = [_Hearing(check, draft) for check in registry().comment_checks]
    deadline = time.monotonic() + PATIENCE_SECONDS
    for hearing in hearings:
        hearing.begin(app)
    for hearing in hearings:
        hearing.done.wait(max(0.0, deadline - time.monotonic()))
    return Judgement(tuple(finding for hearing in hearings for finding in hearing.findings()))


class _Hearing:
    """One check at work on one comment."""

    def __init__(self, check: CommentCheck, draft: CommentDraft) -> None:
        self.check = check
        self.draft = draft
        self.done = threading.Event()
        self.said: Sequence[Finding] | None = None

    def begin(self, app: Flask) -> None:
        if not _room.acquire(blocking=False):
            log.error("comment_check.crowded", check=self.check.name)
            self.done.set()
            return
        threading.Thread(target=self._run, args=(app,), daemon=True).start()

    def _run(self, app: Flask) -> None:
        try:
            with app.app_context():
                self.said = [_finding(self.check, each) for each in self.check.judge(self.draft)]
        except Exception:
            log.exception("comment_check.failed", check=self.check.name)
        finally:
            _room.release()
            self.done.set()

    def findings(self) -> Sequence[Finding]:
        if not self.done.is_set():
            log.error("comment_check.slow", check=self.check.name, seconds=PATIENCE_SECONDS)
        elif self.said is not None:
            return self.said
        name = self.check.name
        return [Finding(name, _("Could not be judged: %(check)s", check=name), is_unsure=True)]


def _finding(check: CommentCheck, evidence: Evidence) -> Finding:
    return Finding(
        check=check.name,
        reason=str(evidence.reason)[:LONGEST_REASON],
        points=int(evidence.points),
        is_conclusive=evidence.is_conclusive is True,
    )
