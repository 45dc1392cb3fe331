"""Answers at addresses where nothing else answers. A kept page is sent before anything here is asked."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.urls import iri_to_uri

from shop.blueprints.redirects import addresses, queries
from shop.blueprints.redirects.models import Redirect
from shop.blueprints.redirects.tally import VisitTally
from shop.core.app_state import app_state
from shop.plugins.api import db

log = structlog.get_logger(__name__)
bp = Blueprint("redirects", __name__)

_NOTHING_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_PLAIN_NAMES = frozenset({"slug", "tag"})
"""What an address may name for it to be noted as missed. Others hold secrets, such as the token of an order."""


@bp.before_app_request
def lead_from_number() -> ResponseReturnValue | None:
    """`/?p=12` of a former WordPress site: the front page would answer, so it is asked about before."""
    if request.path != "/" or request.method not in {"GET", "HEAD"}:
        return None
    source = addresses.numbered("/", request.args)
    found = _found(source) if source else None
    return None if found is None else _led(Response(), found)


@bp.after_app_request
def lead_from_nothing(response: Response) -> Response:
    """Where there is nothing, lead on if the address is an old one; else note that somebody looked for it."""
    if response.status_code not in _NOTHING_THERE or request.method not in {"GET", "HEAD"}:
        return response
    sources = addresses.stored_forms(request.path)
    number = addresses.numbered(addresses.plain_path(request.path), request.args)
    found = _found(*filter(None, (number, *sources))) if sources else None
    if found is not None:
        return _led(response, found)
    if sources and _is_person() and _names_no_secret():
        tally = app_state().part(VisitTally, VisitTally)
        tally.note_missed(sources[0])
        tally.write_when_due()
    return response


def _found(*sources: str) -> Redirect | None:
    try:
        return queries.redirect_from(*sources)
    except SQLAlchemyError as error:
        log.warning("redirects.not_asked", error=repr(error))
        db.session.rollback()
        return None


def _led(response: Response, found: Redirect) -> Response:
    location = iri_to_uri(found.target)
    tally = app_state().part(VisitTally, VisitTally)
    tally.note_followed(found.id)
    tally.write_when_due()
    response.status_code = HTTPStatus.MOVED_PERMANENTLY
    response.headers["Location"] = location
    response.set_data(b"")
    return response


def _is_person() -> bool:
    """A browser that was asked to show a page, and not one of its parts; most robots do not say so."""
    return request.headers.get("Sec-Fetch-Mode") == "navigate"


def _names_no_secret() -> bool:
    return request.url_rule is None or set(request.view_args or ()) <= _PLAIN_NAMES
