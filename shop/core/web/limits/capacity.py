"""How many requests may hold a thread of a process, and for what, so that readers always find one free.

The server (`shop.serving`) has more threads than all of these may hold together. What is left is for those that never
wait: kept pages, static files and the probe of a load balancer. A request beyond a limit is told to come back soon,
which costs it less than a place in an endless line.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

WORKED_ON = 8
"""At once in one process. More would share one interpreter; fewer would leave it idle while they wait for others."""
IN_LINE = 24
LINE_SECONDS = 2.0
BODIES = 16
BODIES_OF_ONE = 4
"""Of one address: whoever sends them slowly keeps nobody else from sending."""
BODIES_IN_LINE = 24
"""Those for which there is no place: a body that is there already is read in a moment, and many people share the one
address of an office or of a provider."""
STREAMS = 12
"""Files that are handed over piece by piece, each for as long as its reader takes."""
WAITING_FOR_PAGES = 12
"""For one that was purged and is being made again; who comes beyond gets the last good one at once."""
FREE = 4
"""ThreadLimits that nothing but what never waits may hold."""
THREADS = sum((WORKED_ON, IN_LINE, BODIES, BODIES_IN_LINE, STREAMS, WAITING_FOR_PAGES, FREE))

PLACES = {
    "work": WORKED_ON,
    "line": IN_LINE,
    "bodies": BODIES,
    "streams": STREAMS,
    "pages": WAITING_FOR_PAGES,
}
"""By kind, how many a process has."""
REFUSED = "refused"

LARGEST_READ_AHEAD = 1_000_000
"""Bytes. Larger bodies are uploads by those who may; they are read as they are worked on."""
SMALL_FILE = 256 * 1024
RETRY_SECONDS = 2
NEVER_WAITS = frozenset({"/healthz"})
MADE_BEHIND = "shop.made_behind"
"""In the WSGI environment of a page that is made again by the few threads that do nothing else: they need no place."""

_NO_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>{0}</title>'
    "<h1>{0}</h1><p>{1}</p></html>\n"
)
BUSY, TOO_LARGE = "503 Service Unavailable", "413 Content Too Large"
_WORDS = {
    BUSY: "Many people are using this site at the moment. Please try again in a few seconds.",
    TOO_LARGE: "This is larger than we accept.",
}


Note = Callable[[str, int], None]
"""Told of each place of a kind that is taken (1) or given back (-1), and of each request that is `REFUSED`."""


def note_nothing(_kind: str, _change: int) -> None:
    """Where nobody counts."""


class Places:
    """Some places for requests; whoever has one gives it back once."""

    def __init__(self, number: int, kind: str = "", note: Note = note_nothing) -> None:
        self._free = threading.BoundedSemaphore(number)
        self._kind = kind
        self._note = note

    def take(self, *, within: float = 0) -> Callable[[], None] | None:
        """A place; call what is returned to give it back, a second time changes nothing. None: there is none free."""
        taken = self._free.acquire(timeout=within) if within else self._free.acquire(blocking=False)
        if not taken:
            return None
        self._note(self._kind, 1)
        given_back = threading.Lock()

        def give_back() -> None:
            if given_back.acquire(blocking=False):
                self._free.release()
                self._note(self._kind, -1)

        return give_back


class WorkLimit:
    """WSGI around the work itself: a few are worked on, some wait for a moment, the others are sent away."""

    def __init__(self, app: WSGIApplication, note: Note = note_nothing) -> None:
        self._app = app
        self._note = note
        self._worked_on = Places(WORKED_ON, "work", note)
        self._waiting = Places(IN_LINE, "line", note)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if MADE_BEHIND in environ or environ["PATH_INFO"] in NEVER_WAITS:
            return self._app(environ, start_response)
        leave = self._worked_on.take() or self._wait()
        if leave is None:
            self._note(REFUSED, 1)
            log.warning("capacity.full", path=environ["PATH_INFO"])
            return refuse(start_response)
        try:
            return self._app(environ, start_response)
        finally:
            leave()

    def _wait(self) -> Callable[[], None] | None:
        leave_line = self._waiting.take()
        if leave_line is None:
            return None
        try:
            return self._worked_on.take(within=LINE_SECONDS)
        finally:
            leave_line()


class ThreadLimits:
    """WSGI around all that is no kept page: what is sent is read before anybody works on it, small answers go in one
    piece, and large ones are limited in number.
    """

    def __init__(self, app: WSGIApplication, note: Note = note_nothing) -> None:
        self._app = app
        self._note = note
        self._streams = Places(STREAMS, "streams", note)
        self._bodies = _Bodies(note)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in _NO_BODY:
            refusal = self._bodies.read_ahead(environ)
            if refusal:
                return refuse(start_response, refusal)
        return self._answered(environ, start_response)

    def _answered(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        size: list[int | None] = [None]

        def note(status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> object:
            given = next((value for name, value in headers if name.lower() == "content-length"), "")
            size[0] = int(given) if given.isdecimal() else None
            return start_response(status, headers)

        parts = self._app(environ, note)  # type: ignore[arg-type]
        if isinstance(parts, list):
            return parts
        if size[0] is not None and size[0] <= SMALL_FILE:
            return whole(parts)
        leave = self._streams.take()
        if leave is None:
            close(parts)
            self._note(REFUSED, 1)
            log.warning("capacity.streams", path=environ["PATH_INFO"])
            return refuse(start_response)
        return _Stream(parts, leave)


class _Stream:
    """An answer that is handed over piece by piece; its end gives back the place."""

    def __init__(self, parts: Iterable[bytes], leave: Callable[[], None]) -> None:
        self._parts = parts
        self._leave = leave

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def close(self) -> None:
        self._leave()
        close(self._parts)


class _Bodies:
    """Reads the bodies of requests ahead, a limited number at once in all and from one address; a few wait for that."""

    def __init__(self, note: Note) -> None:
        self._room = threading.Condition()
        self._note = note
        self._senders: dict[str, int] = {}
        self._in_line = 0

    def read_ahead(self, environ: WSGIEnvironment) -> str:
        """Put what was sent into `wsgi.input`. Returns the status of a refusal, or nothing."""
        length = environ.get("CONTENT_LENGTH") or "0"
        is_chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if not is_chunked and (not length.isdecimal() or not 0 < int(length) <= LARGEST_READ_AHEAD):
            return ""
        sender = environ.get("REMOTE_ADDR", "")
        if not self._has_entered(sender):
            self._note(REFUSED, 1)
            log.warning("capacity.bodies")
            return BUSY
        try:
            body = environ["wsgi.input"].read(LARGEST_READ_AHEAD + 1 if is_chunked else int(length))
        finally:
            self._leave(sender)
        if len(body) > LARGEST_READ_AHEAD:
            return TOO_LARGE
        environ["wsgi.input"] = io.BytesIO(body)
        return ""

    def _has_entered(self, sender: str) -> bool:
        with self._room:
            if not self._has_room(sender) and not self._has_waited(sender):
                return False
            self._senders[sender] = self._senders.get(sender, 0) + 1
        self._note("bodies", 1)
        return True

    def _has_room(self, sender: str) -> bool:
        of_this_one = self._senders.get(sender, 0)
        return of_this_one < BODIES_OF_ONE and sum(self._senders.values()) < BODIES

    def _has_waited(self, sender: str) -> bool:
        if self._in_line >= BODIES_IN_LINE:
            return False
        self._in_line += 1
        try:
            return self._room.wait_for(lambda: self._has_room(sender), LINE_SECONDS)
        finally:
            self._in_line -= 1

    def _leave(self, sender: str) -> None:
        with self._room:
            self._senders[sender] -= 1
            if not self._senders[sender]:
                del self._senders[sender]
            self._room.notify_all()
        self._note("bodies", -1)


def refuse(start_response: StartResponse, status: str = BUSY) -> Iterable[bytes]:
    """Answer that there is no place now, and when to come back (RFC 9110, 15.6.4)."""
    text = _PAGE.format(status.partition(" ")[2], _WORDS[status]).encode()
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(text))),
        ("Content-Security-Policy", "default-src 'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
    if status == BUSY:
        headers.append(("Retry-After", str(RETRY_SECONDS)))
    start_response(status, headers)
    return [text]


def whole(parts: Iterable[bytes]) -> list[bytes]:
    """An answer in one piece."""
    try:
        return [b"".join(parts)]
    finally:
        close(parts)


def close(parts: Iterable[bytes]) -> None:
    """Let an answer that is not read to its end let go of what it holds."""
    with suppress(AttributeError):
        parts.close()  # type: ignore[attr-defined]
