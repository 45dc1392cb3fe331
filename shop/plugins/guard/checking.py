"""Asks the health checks of all plugins, each with a deadline: one that hangs keeps nobody from the others' words."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, current_app

from shop.extensions import db
from shop.plugins.manager import registry
from shop.plugins.types import HealthCheck

SECONDS = 10.0
"""How long one check may take where a person waits for all of them."""


class NoAnswer(Exception):
    """A check took too long."""


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What a check said, or the error with which it said that something is wrong."""

    check: HealthCheck
    words: str = ""
    error: BaseException | None = None


def ask_all(
    *, vital_only: bool = False, of_data_only: bool = False, seconds: float = SECONDS
) -> Iterator[CheckAnswer]:
    """The answers of all checks, one after the other.

    Args:
        vital_only: of those alone without which no page can be made.
        of_data_only: of those alone that look at what is stored.
        seconds: how long each may take. A thread that takes longer is left behind.
    """
    for check in registry().health_checks:
        if (check.is_vital or not vital_only) and (check.is_of_data or not of_data_only):
            yield _answer(check, seconds)


def _answer(check: HealthCheck, seconds: float) -> CheckAnswer:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    heard: queue.SimpleQueue[CheckAnswer] = queue.SimpleQueue()
    threading.Thread(target=_ask, args=(app, check, heard), daemon=True).start()
    try:
        return heard.get(timeout=seconds)
    except queue.Empty:
        return CheckAnswer(check, error=NoAnswer(f"it did not answer within {seconds:g} seconds"))


def _ask(app: Flask, check: HealthCheck, heard: queue.SimpleQueue[CheckAnswer]) -> None:
    with app.app_context():
        try:
            answer = CheckAnswer(check, str(check.check()))
        except BaseException as error:  # noqa: BLE001 - a check says what is wrong by raising anything
            answer = CheckAnswer(check, error=error)
        db.session.remove()
    heard.put(answer)
