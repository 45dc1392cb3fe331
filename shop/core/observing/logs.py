"""Logs: one line a happening, to standard error; for people on a terminal, JSON elsewhere.

Tracebacks never hold the values of variables: one of them is the secret key. What a line says of people, links and keys
is masked (`shop.core.observing.masking`): an error's own text may hold them, as PostgreSQL's does.

Each line that a request leads to says which request and which page it was, a keyed hash of the visitor's network, and
the account once it is known who is signed in; never an IP address, an email address, or a path, which may hold a link's
token.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from flask import Flask, Response, request

from shop.core.observing.masking import masked
from shop.core.observing.request_watch import PAGE, REQUEST_ID
from shop.core.observing.standard_error import standard_error
from shop.core.secrets.tokens import fingerprint
from shop.extensions import network_of_visitor

log = structlog.get_logger(__name__)

REFUSALS = frozenset({401, 403, 413, 429})
"""Answers that keep somebody out: by rights, by the cross-site guard, by a limit. 404 tells too little to be noted."""


class _Lines:
    """Where structlog puts its lines. Its own logger has a lock, behind which all would wait for one that is stuck."""

    def msg(self, line: str) -> None:
        standard_error.write(f"{line}\n")

    debug = info = warning = error = critical = msg


def install(*, debug: bool) -> None:
    """Set logging up for this process."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[structlog.typing.Processor] = (
        [
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
            _mask_line,
        ]
        if sys.stderr.isatty()
        else [
            structlog.processors.format_exc_info,
            _mask_values,
            structlog.processors.JSONRenderer(),
        ]
    )
    structlog.configure(
        processors=[*shared, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if debug else logging.INFO
        ),
        logger_factory=lambda *_told: _Lines(),
        cache_logger_on_first_use=False,
    )
    # What libraries log, as nobody has set that up.
    takes_the_rest = logging.StreamHandler(standard_error)
    takes_the_rest.setLevel(logging.WARNING)
    takes_the_rest.setFormatter(_Masking())
    logging.lastResort = takes_the_rest


def follow_requests(app: Flask) -> None:
    """Let lines say which request they belong to, and note each request that was kept out. First of all hooks."""
    app.before_request(_begin_request)
    app.after_request(_note_refusal)
    app.teardown_request(lambda _error: structlog.contextvars.clear_contextvars())


def _begin_request() -> None:
    # Threads that serve keep their context: what an earlier request left must not speak for this one.
    structlog.contextvars.clear_contextvars()
    request.environ[PAGE] = request.endpoint or "none"
    structlog.contextvars.bind_contextvars(
        request=request.environ.get(REQUEST_ID),
        page=request.endpoint,
        method=request.method,
        visitor=fingerprint("logs", network_of_visitor())[:16],
    )


def name_person(account_id: int) -> None:
    """Let the lines of this request say who is signed in."""
    structlog.contextvars.bind_contextvars(account=account_id)


def _note_refusal(response: Response) -> Response:
    if response.status_code in REFUSALS:
        log.warning("request.refused", status=response.status_code)
    return response


def _mask_line(_logger: object, _method: str, line: Any) -> str:
    return masked(str(line))


def _mask_values(
    _logger: object, _method: str, line: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {
        name: masked(value if isinstance(value, str) else repr(value))
        if not isinstance(value, int | float | None)
        else value
        for name, value in line.items()
    }


class _Masking(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
