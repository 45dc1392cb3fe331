"""What an error looks like from outside: a designed page with a way back, never a trace."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException

from shop.core.errors import Gone, NotFound, Refused, TooMany
from shop.extensions import db

log = structlog.get_logger(__name__)

DESIGNED = frozenset({403, 404, 410, 413, 422, 429, 500, 503})


def install(app: Flask) -> None:
    """Teach an application to answer errors."""
    app.register_error_handler(NotFound, lambda _error: page(404))
    app.register_error_handler(Gone, lambda _error: page(410))
    app.register_error_handler(Refused, lambda error: page(422, error.message))
    app.register_error_handler(TooMany, _too_many)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(TimeoutError, _database_away)
    app.register_error_handler(OSError, _unexpected)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def page(status: int, message: str = "") -> ResponseReturnValue:
    """The page of an error; `message` says more to the visitor."""
    name = status if status in DESIGNED else (500 if status >= 500 else 404)
    return render_template(
        f"errors/{name}.html", status=status, title=HTTPStatus(status).phrase, message=message
    ), status


def _too_many(error: TooMany) -> ResponseReturnValue:
    body, status = page(429, error.message)  # type: ignore[misc]
    return body, status, {"Retry-After": str(error.retry_after)}


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    body, status = page(error.code)  # type: ignore[misc]
    headers = {
        name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}
    }
    if error.code == 429:
        headers.setdefault("Retry-After", "60")
    return body, status, headers


def _database_away(error: Exception) -> ResponseReturnValue:
    log.error("database.away", error=repr(error))
    db.session.rollback()
    body, status = page(503)  # type: ignore[misc]
    return body, status, {"Retry-After": "10"}


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.exception("request.failed", error=repr(error))
    try:
        db.session.rollback()
    except Exception:
        log.exception("session.lost")
    return page(500)
