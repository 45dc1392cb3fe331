"""Pages that anyone may see are the same bytes for everyone, so they are made once and kept.

A view says that its page is public and what it is made of (`public_page("article:12", "articles")`); whatever else is
drawn into it adds its own tags (`made_of`). The page is kept, with its compressed forms, in front of Flask, until the
purge board says that one of its parts changed, and for at most a minute, because it says "9 hours ago". When making it
again fails, because the database is away, readers get the last good one.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from flask import Response, g, has_request_context, request

from shop.core import codings
from shop.core.notices import COOKIE as NOTICE_COOKIE
from shop.core.purge import PurgeBoard, slot_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

KEEP_SECONDS = 60.0
KEEP_BYTES = 64 * 1024 * 1024
LONGEST_QUERY = 200
FRAGMENT_HEADER = "HTTP_X_FRAGMENT"
_TAGS = "shop.page_tags"
_PUBLIC = "public, max-age=0, must-revalidate"
_PRIVATE = "private, no-store"


def public_page(*tags: str) -> None:
    """Say that the page being made is for everyone, and what it is made of, e.g. `article:12`.

    It is kept until one of its tags is purged, and for a minute at most. It must not depend on the visitor: a page that
    read the session is answered, but not kept.
    """
    g.public_page = True
    made_of(*tags)


def made_of(*tags: str) -> None:
    """Say that the page being made shows these things too, so that it is made anew when they are purged.

    Harmless outside a request.
    """
    if has_request_context():
        g.setdefault("page_tags", set()).update(tags)


@contextmanager
def noted_parts() -> Iterator[set[str]]:
    """Collect what is drawn inside says of its parts, for whoever keeps a piece of a page to say it again."""
    inner: set[str] = set()
    if not has_request_context():
        yield inner
        return
    outer = g.get("page_tags", set())
    g.page_tags = inner
    try:
        yield inner
    finally:
        g.page_tags = outer | inner


def holds_no_secret() -> None:
    """Say that the page being made for one visitor shows nothing to be kept from others, and may be compressed.

    Where a page shows a secret beside what an address can put into it, its compressed length tells the secret to
    whoever sees the traffic (BREACH; Gluck, Harris and Prado 2013). So without this the pages of one visitor are plain.
    """
    g.holds_no_secret = True


def mark(response: Response) -> Response:
    """After the request: hand the tags of a public page to the cache; say `private` of everything else.

    A public page may itself say that browsers keep it for longer.
    """
    if g.get("holds_no_secret", False):
        _compress(response, codings.chosen(request.headers.get("Accept-Encoding", "")))
    if g.get("public_page", False) and response.status_code == 200:
        response.headers.setdefault("Cache-Control", _PUBLIC)
        request.environ[_TAGS] = frozenset(g.get("page_tags", ()))
    else:
        response.headers.setdefault("Cache-Control", _PRIVATE)
    return response


def _compress(response: Response, coding: str) -> None:
    response.vary.add("Accept-Encoding")
    if coding != codings.IDENTITY:
        response.set_data(codings.encoded(response.get_data(), coding))
        response.headers["Content-Encoding"] = coding


def keep_out_of_sight(response: Response) -> Response:
    """For pages with a secret address: no search engine lists it, no other site learns it, no cache keeps a copy.

    A page among them that is for everyone, such as the form that finds an order, may be kept all the same.
    """
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "same-origin"
    if not g.get("public_page", False):
        response.headers["Cache-Control"] = _PRIVATE
    return response


class _Page:
    """One kept page: its headers, and its bodies by content coding, each compressed when first asked for."""

    __slots__ = ("_body", "_forms", "_headers", "etag", "made_at", "sequence", "size", "slots")

    def __init__(
        self, body: bytes, headers: list[tuple[str, str]], tags: Iterable[str], sequence: int
    ) -> None:
        self._body = body
        self._headers = headers
        self._forms: dict[str, tuple[list[tuple[str, str]], bytes]] = {}
        self.etag = hashlib.blake2b(body, digest_size=12).hexdigest()
        self.slots = tuple({slot_of(tag) for tag in tags})
        self.sequence = sequence
        self.made_at = time.monotonic()
        self.size = len(body) * 2

    def form(self, coding: str) -> tuple[list[tuple[str, str]], bytes]:
        """Headers and body in a content coding, one of `codings.OFFERED`."""
        found = self._forms.get(coding)
        if found is None:
            data = codings.encoded(self._body, coding)
            found = self._forms[coding] = (self._headers_for(coding, data), data)
        return found

    def _headers_for(self, coding: str, data: bytes) -> list[tuple[str, str]]:
        is_coded = coding != codings.IDENTITY
        extra = [
            ("Content-Length", str(len(data))),
            ("ETag", f'"{self.etag}{"-" + coding if is_coded else ""}"'),
            ("Vary", "Accept-Encoding"),
        ]
        if is_coded:
            extra.append(("Content-Encoding", coding))
        return self._headers + extra


class PageCache:
    """WSGI middleware in front of Flask. One a process; the purge board keeps them honest."""

    def __init__(self, app: WSGIApplication, board: PurgeBoard) -> None:
        self._app = app
        self._board = board
        self._pages: OrderedDict[str, _Page] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not _is_shared(environ):
            return self._app(environ, start_response)
        query = environ.get("QUERY_STRING", "")
        key = environ["PATH_INFO"] + "?" + query if query else environ["PATH_INFO"]
        page = self._pages.get(key)
        if (
            page is not None
            and time.monotonic() - page.made_at < KEEP_SECONDS
            and self._board.is_fresh(page.slots, page.sequence)
        ):
            return _answer(page, environ, start_response)
        if environ["REQUEST_METHOD"] == "HEAD":
            return self._app(environ, start_response)
        return self._make(key, page, environ, start_response)

    def _make(
        self, key: str, stale: _Page | None, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        sequence = self._board.sequence
        answered: list[Any] = []

        def note(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            answered[:] = [status, headers, exc_info]
            return lambda _data: None

        parts = self._app(environ, note)
        status, headers, _ = answered
        if stale is not None and status.startswith("5"):
            _close(parts)
            return _answer(stale, environ, start_response)
        tags = environ.get(_TAGS)
        if tags is not None and _is_personal(headers):
            log.warning("page_cache.not_public", path=environ["PATH_INFO"])
            headers = [pair for pair in headers if pair[0].lower() != "cache-control"]
            headers.append(("Cache-Control", _PRIVATE))
            tags = None
        if tags is None:
            start_response(status, headers)
            return parts
        body = b"".join(parts)
        _close(parts)
        kept = [(name, value) for name, value in headers if name.lower() not in _OURS]
        page = _Page(body, kept, tags, sequence)
        if len(environ.get("QUERY_STRING", "")) <= LONGEST_QUERY:
            self._keep(key, page)
        return _answer(page, environ, start_response)

    def _keep(self, key: str, page: _Page) -> None:
        with self._lock:
            old = self._pages.pop(key, None)
            self._bytes += page.size - (old.size if old else 0)
            self._pages[key] = page
            while self._bytes > KEEP_BYTES:
                _, dropped = self._pages.popitem(last=False)
                self._bytes -= dropped.size


_OURS = frozenset({"content-length", "etag", "vary"})


def _is_personal(headers: list[tuple[str, str]]) -> bool:
    """Whether making the page touched the visitor's session or set a cookie: then it is nobody else's."""
    return any(
        name.lower() == "set-cookie" or (name.lower() == "vary" and "cookie" in value.lower())
        for name, value in headers
    )


def _is_shared(environ: WSGIEnvironment) -> bool:
    cookies = environ.get("HTTP_COOKIE")
    return FRAGMENT_HEADER not in environ and (
        cookies is None or NOTICE_COOKIE + "=" not in cookies
    )


def _answer(
    page: _Page, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    headers, body = page.form(codings.chosen(environ.get("HTTP_ACCEPT_ENCODING", "")))
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and page.etag in known:
        start_response(
            "304 Not Modified", [pair for pair in headers if pair[0] != "Content-Length"]
        )
        return []
    start_response("200 OK", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _close(parts: Iterable[bytes]) -> None:
    close = getattr(parts, "close", None)
    if close is not None:
        close()
