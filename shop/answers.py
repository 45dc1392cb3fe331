"""What a visitor sees of an error: a page with links back to the site, never a traceback."""

from __future__ import annotations

import sqlite3
from http import HTTPStatus

import structlog
from flask import Flask, Response, render_template, request
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException

from shop.core.errors import BucketAway, Gone, NotFound, Refused, TooMany
from shop.core.observing.request_watch import present_id
from shop.extensions import db
from shop.plugins.guard import count_failure
from shop.plugins.starting.mounting import owner_of_page

log = structlog.get_logger(__name__)

DESIGNED = frozenset({403, 404, 410, 413, 422, 429, 500, 503})
RETRY_SECONDS = 10
_CONNECTION_LOST = "8s2b"
"""SQLAlchemy's number of it: https://sqlalche.me/e/20/8s2b"""


def install(app: Flask) -> None:
    """Teach an application to answer errors."""
    app.register_error_handler(NotFound, lambda _error: page(404))
    app.register_error_handler(Gone, lambda _error: page(410))
    app.register_error_handler(Refused, lambda error: page(422, error.message))
    app.register_error_handler(
        TooMany, lambda error: page(429, error.message, retry_after=error.retry_after)
    )
    app.register_error_handler(exc.OperationalError, _database_away)
    app.register_error_handler(exc.TimeoutError, _database_away)
    app.register_error_handler(exc.PendingRollbackError, _out_of_transaction)
    app.register_error_handler(BucketAway, _bucket_away)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def page(status: int, message: str = "", *, retry_after: int | None = None) -> Response:
    """The page of an error; `message` says more to the visitor, `retry_after` is in seconds."""
    name = status if status in DESIGNED else (500 if status >= 500 else 404)
    title = HTTPStatus(status).phrase
    try:
        body = render_template(
            f"errors/{name}.html",
            status=status,
            title=title,
            message=message,
            reference=present_id() if status >= 500 else None,
        )
    except Exception:
        log.exception("error_page.failed", status=status)
        body = f"<!doctype html><title>{title}</title><h1>{title}</h1><p><a href='/'>Back</a></p>"
    response = Response(body, status=status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _http(error: HTTPException) -> Response | HTTPException:
    if error.response is not None or error.code is None or error.code < 400:
        return error  # a redirect
    response = page(error.code, retry_after=60 if error.code == 429 else None)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _database_away(error: Exception) -> Response:
    if _is_faulty_statement(error):
        return _unexpected(error)
    log.error("database.away", error=repr(error))
    db.session.rollback()
    return page(503, retry_after=RETRY_SECONDS)


def _out_of_transaction(error: exc.PendingRollbackError) -> Response:
    """A part of the page lost the connection and was left out, and what came after it asked by the same one."""
    return _database_away(error) if error.code == _CONNECTION_LOST else _unexpected(error)


def _is_faulty_statement(error: Exception) -> bool:
    """Whether SQLite answered, and does not know the table or can't read the statement: waiting mends nothing. Of
    PostgreSQL that is another error.
    """
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


def _bucket_away(error: BucketAway) -> Response:
    log.error("files.bucket_away", error=str(error))
    db.session.rollback()
    return page(503, retry_after=RETRY_SECONDS)


def _unexpected(error: Exception) -> Response:
    plugin = owner_of_page()
    log.error("request.failed", exc_info=error, **({"plugin": plugin} if plugin else {}))
    db.session.rollback()
    if plugin:
        count_failure(plugin, "pages", request.endpoint or "", error)
    return page(500)
