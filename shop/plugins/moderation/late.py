"""The job that has late checks judge what readers wrote in a plugin. Until it is done, a person may decide."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from shop.core.jobs import JobKind, Lane
from shop.extensions import Base, db
from shop.plugins.moderation.moderated import JOB, WAITING, Moderated
from shop.plugins.terms.text_verdicts import TextVerdict
from shop.plugins.verbs.judging import judge_text_late

SECONDS = 30
ATTEMPTS = 5


def judge_moderated(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: ask about one text, outside any transaction."""
    found = _awaited(payload)
    if found is None:
        return None
    text = found.written()
    db.session.rollback()
    verdict = judge_text_late(text)
    db.session.rollback()
    return partial(_note, payload, verdict)


def _note(payload: dict[str, Any], verdict: TextVerdict) -> None:
    found = _awaited(payload, lock=True)
    if found is not None:
        found.answer_late(verdict, otherwise=payload["otherwise"])


def _awaited(payload: dict[str, Any], *, lock: bool = False) -> Moderated | None:
    """What is asked about, if nobody has decided, and nothing of it has changed, since we began to ask."""
    kind = _kind_of(payload["table"])
    if kind is None:
        return None
    found = db.session.get(kind, payload["id"], populate_existing=True, with_for_update=lock)
    is_awaited = (
        found is not None and found.state == WAITING and found.version == payload["version"]
    )
    return found if is_awaited else None


def _kind_of(table: str) -> type[Moderated] | None:
    """The class of a table; None when its plugin is not there any more."""
    kinds = (mapper.class_ for mapper in Base.registry.mappers)
    moderated = (kind for kind in kinds if issubclass(kind, Moderated))
    return next((kind for kind in moderated if kind.__tablename__ == table), None)


KIND = JobKind(
    JOB,
    judge_moderated,
    max_attempts=ATTEMPTS,
    lease_seconds=SECONDS,
    in_transaction=False,
    lane=Lane.PLUGINS,
)
