"""Limits on what came of a request: wrong guesses, mails that were asked for, payments that began."""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import ParamSpec, TypeVar

from flask import Response
from flask_babel import gettext as _
from limits import parse

from shop.core.errors import TooMany
from shop.extensions import limiter, network_of_visitor

P = ParamSpec("P")
R = TypeVar("R")


def limit_outcomes(
    rates: str,
    counts: Callable[[Response], bool],
    *,
    by: Callable[[], str] = network_of_visitor,
    exempt_when: Callable[[], bool] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view be asked for so often with an answer that `counts`. `by` says who or what is counted.

    A request is counted before the view looks at it, and given back when its answer is none that counts: those that
    are on their way at the same time can't pass the limit together. `rates` are as "10 per hour; 20 per day".
    """

    def limited(view: Callable[P, R]) -> Callable[P, R]:
        giving_back = limiter.limit(
            rates,
            key_func=by,
            exempt_when=exempt_when,
            cost=-1,
            deduct_when=lambda answer: not counts(answer),
        )
        counting = limiter.limit(rates, key_func=by, exempt_when=exempt_when)
        return counting(giving_back(view))

    return limited


def was_refused(answer: Response) -> bool:
    """Whether what was sent was wrong."""
    return answer.status_code == 422


def was_accepted(answer: Response) -> bool:
    """Whether what was sent was taken."""
    return answer.status_code == 303


def limit(key: str, per: str) -> None:
    """Count one more use of something, such as `hello.write:ruth@example.org`.

    Args:
        key: who or what is counted; begins with your plugin's name. Never a secret.
        per: how often, such as `5 per hour`.

    Raises:
        TooMany: that was one too many; a view that does not catch it answers 429.
    """
    if not limiter.enabled:
        return
    rate = parse(per)
    if not limiter.limiter.hit(rate, "plugin", key):
        ends_at = limiter.limiter.get_window_stats(rate, "plugin", key).reset_time
        raise TooMany(_("Please try again later."), retry_after=max(1, round(ends_at - time())))
