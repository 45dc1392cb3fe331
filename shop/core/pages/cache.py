"""The kept pages in front of Flask: nobody who asks for one waits for work.

A page is kept until the purge board says that one of its parts changed, and for at most a minute, because it says
"9 hours ago". One that is only old is answered at once and made again behind; one that was purged is waited for, for a
moment. Where making it fails or takes long, because the database is away, readers get the last good one.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import structlog

from shop.core.changes.purge import PurgeBoard, slot_of
from shop.core.pages.front import FrontPages
from shop.core.pages.makers import Made, Makers, NotShared
from shop.core.pages.memory import PageMemory
from shop.core.pages.own_pages import COOKIE as OWN_PAGE_COOKIE
from shop.core.pages.page import Headers, KeptPage, answer, answer_stale
from shop.core.pages.page_cache import (
    EVERYTHING,
    INCOMPLETE,
    PREVIEW_COOKIE,
    PRIVATE,
    READ_PARAMETERS,
    TAGS,
    pairs_in,
)
from shop.core.pages.store import PageStore
from shop.core.pages.writer import PageWriter
from shop.core.web import codings
from shop.core.web.limits.capacity import (
    MADE_BEHIND,
    WAITING_FOR_PAGES,
    Note,
    Places,
    close,
    note_nothing,
)
from shop.core.web.notices import COOKIE as NOTICE_COOKIE
from shop.extensions import NETWORK

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

KEEP_SECONDS = 60.0
OLD_SECONDS = 600.0
"""Until then an old page is answered at once. One from last week says "9 hours ago", so its readers wait a moment."""
LONGEST_QUERY = 200
MOST_PATHS = 50_000
FRAGMENT_HEADER = "HTTP_X_FRAGMENT"
_OURS = frozenset({"content-length", "etag", "vary"})
_NOT_ANYBODYS = (f"{NOTICE_COOKIE}=", f"{PREVIEW_COOKIE}=")
"""Cookies with which a visitor sees a page as nobody else does."""
_OWN_PAGE = f"{OWN_PAGE_COOKIE}="
_ANYBODYS = (
    "PATH_INFO",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "HTTP_HOST",
    "REMOTE_ADDR",
    NETWORK,
)


class PageCache:
    """WSGI middleware in front of Flask. One a process; the purge board keeps them honest."""

    def __init__(self, app: WSGIApplication, board: PurgeBoard, note: Note = note_nothing) -> None:
        self._app = app
        self._board = board
        self._memory = PageMemory()
        self._parameters: dict[str, frozenset[str]] = {}
        """By path: which parameters of the query its view reads."""
        self._makers: Makers | None = None
        self._writer: PageWriter | None = None
        self._waiters = Places(WAITING_FOR_PAGES, "pages", note)

    def make_behind(self, store: PageStore, front: FrontPages | None = None) -> None:
        """From now on threads of our own make pages again and write them down. The server asks for it once it has
        forked."""
        self._makers = Makers()
        self._writer = PageWriter(store, front)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or FRAGMENT_HEADER in environ:
            return self._app(environ, start_response)
        if cookies := environ.get("HTTP_COOKIE"):
            if any(name in cookies for name in _NOT_ANYBODYS):
                return self._app(environ, start_response)
            if _OWN_PAGE in cookies:
                return self._make_own(environ, start_response)
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING")
        key = self._key(path, query) if query else path
        page = self._memory.get(key) or self._on_disk(key, path)
        if page is not None and self._is_good(page):
            return answer(page, environ, start_response)
        if page is not None and self._makers is not None:
            return self._answer_again(key, page, environ, start_response, self._makers)
        if environ["REQUEST_METHOD"] == "HEAD":
            return self._app(environ, start_response)
        return self._make_here(page, environ, start_response)

    def at_once(self, environ: WSGIEnvironment) -> tuple[Headers, bytes] | None:
        """Headers and body for who asks plainly for a page that is there and good; None where there is more to it.

        It answers as a call does, in fewer steps: most readers bring neither cookie nor query, and have no copy.
        """
        if (
            environ["REQUEST_METHOD"] != "GET"
            or "HTTP_COOKIE" in environ
            or "HTTP_IF_NONE_MATCH" in environ
            or FRAGMENT_HEADER in environ
            or environ.get("QUERY_STRING")
        ):
            return None
        page = self._memory.pages.get(environ["PATH_INFO"])
        if (
            page is None
            or page.fresh_at != self._board.sequence
            or time.monotonic() - page.made_at >= KEEP_SECONDS
        ):
            return None
        page.was_asked_for = True
        return page.forms.get(codings.chosen(environ.get("HTTP_ACCEPT_ENCODING", "")))

    def _make_own(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Make the page for this visitor alone; where that fails, everyone's last good one."""
        status, headers, parts = self._asked(environ)
        if status.startswith("5"):
            key = self._key(environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
            last = self._memory.get(key) or self._on_disk(key, environ["PATH_INFO"])
            if last is not None:
                close(parts)
                return answer_stale(last, environ, start_response)
        start_response(status, headers)
        return parts

    def _is_good(self, page: KeptPage) -> bool:
        sequence = self._board.sequence
        if page.fresh_at != sequence:
            if not self._board.is_fresh(page.slots, page.sequence):
                return False
            page.fresh_at = sequence
        return time.monotonic() - page.made_at < KEEP_SECONDS

    def _on_disk(self, key: str, path: str) -> KeptPage | None:
        """What another process made, or this site before it was started."""
        page = self._writer.store.find(path) if self._writer is not None and key == path else None
        if page is not None:
            self._memory.keep(key, page)
        return page

    def _key(self, path: str, query: str) -> str:
        """Path and query, without what the view of that path does not read, such as `?fbclid=`."""
        if not query:
            return path
        read = self._parameters.get(path)
        if read is None or EVERYTHING in read:
            return f"{path}?{query}"
        told = sorted((pair for pair in pairs_in(query) if pair[0] in read), key=_name)
        return f"{path}?{urlencode(told)}" if told else path

    def _answer_again(
        self,
        key: str,
        last: KeptPage,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        makers: Makers,
    ) -> Iterable[bytes]:
        """Answer with the last page where it is only old, or where no other can be had soon; have it made again."""
        asked = _asked_by_anybody(environ, key)
        was_purged = not self._board.is_fresh(last.slots, last.sequence)
        if makers.are_stuck or (not was_purged and last.age < OLD_SECONDS):
            makers.begin(key, lambda: self._made(asked))
            say = answer_stale if was_purged else answer
            return say(last, environ, start_response)
        leave = self._waiters.take()
        if leave is None:
            return answer_stale(last, environ, start_response)
        try:
            made = self._waited_for(key, asked, makers)
        finally:
            leave()
        if made is NotShared:
            return self._app(environ, start_response)
        if isinstance(made, KeptPage):
            return answer(made, environ, start_response)
        return answer_stale(last, environ, start_response)

    def _waited_for(self, key: str, asked: WSGIEnvironment, makers: Makers) -> Made:
        """The page of a making that began after the last purge; the one before it may show what was there before."""
        made: Made = None
        for _attempt in range(2):
            making = makers.begin(key, lambda: self._made(asked))
            made = makers.wait_for(making) if making is not None else None
            if not isinstance(made, KeptPage) or self._is_good(made):
                break
        return made

    def _made(self, asked: WSGIEnvironment) -> Made:
        """Make a page again for nobody in particular, and keep it."""
        key = self._key(asked["PATH_INFO"], asked["QUERY_STRING"])
        sequence = self._board.sequence
        status, headers, parts = self._asked(asked)
        page = self._kept(asked, headers, parts, sequence)
        if page is not None:
            return page
        close(parts)
        if status.startswith(("5", "429")):
            return None
        self._memory.drop(key)
        if self._writer is not None and key == asked["PATH_INFO"]:
            self._writer.write(key, None)
        return NotShared

    def _make_here(
        self, last: KeptPage | None, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Make the page in this thread, as this visitor sees it, and keep it if it is for everyone."""
        sequence = self._board.sequence
        status, headers, parts = self._asked(environ)
        if last is not None and status.startswith("5"):
            close(parts)
            return answer_stale(last, environ, start_response)
        page = self._kept(environ, headers, parts, sequence)
        if page is not None:
            return answer(page, environ, start_response)
        start_response(status, headers)
        return parts

    def _asked(self, environ: WSGIEnvironment) -> tuple[str, Headers, Iterable[bytes]]:
        answered: list[Any] = []

        def note(status: str, headers: Headers, _exc_info: Any = None) -> Callable[[bytes], object]:
            answered[:] = [status, headers]
            return lambda _data: None

        parts = self._app(environ, cast("StartResponse", note))
        status, headers = answered
        return status, headers, parts

    def _kept(
        self, environ: WSGIEnvironment, headers: Headers, parts: Iterable[bytes], sequence: int
    ) -> KeptPage | None:
        """The page, kept unless it lacks something; None for one that is not everyone's, whose headers say so then."""
        tags = environ.get(TAGS)
        if tags is None:
            return None
        path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        if _is_personal(headers):
            log.warning("page_cache.not_public", path=path)
            headers[:] = [pair for pair in headers if pair[0].lower() != "cache-control"]
            headers.append(("Cache-Control", PRIVATE))
            return None
        body = b"".join(parts)
        close(parts)
        kept = [(name, value) for name, value in headers if name.lower() not in _OURS]
        page = KeptPage(body, kept, {slot_of(tag) for tag in tags}, sequence)
        if INCOMPLETE in tags:
            return page  # the last whole one stays, for when none can be made
        self._learn(path, environ.get(READ_PARAMETERS, frozenset({EVERYTHING})))
        key = self._key(path, query)
        if len(key) - len(path) <= LONGEST_QUERY:
            self._memory.keep(key, page)
            if self._writer is not None and key == path:
                self._writer.write(path, page)
        return page

    def _learn(self, path: str, read: Iterable[str]) -> None:
        known = self._parameters.get(path, frozenset())
        if not known.issuperset(read) or path not in self._parameters:
            if len(self._parameters) >= MOST_PATHS:
                self._parameters.clear()
            self._parameters[path] = known.union(read)


def _name(pair: tuple[str, str]) -> str:
    return pair[0]


def _is_personal(headers: Headers) -> bool:
    """Whether making the page touched the visitor's session or set a cookie: then it is nobody else's."""
    return any(
        name.lower() == "set-cookie" or (name.lower() == "vary" and "cookie" in value.lower())
        for name, value in headers
    )


def _asked_by_anybody(environ: WSGIEnvironment, key: str) -> WSGIEnvironment:
    """The same question without what this visitor brought along."""
    asked = {
        name: value
        for name, value in environ.items()
        if name in _ANYBODYS or (name.startswith("wsgi.") and name != "wsgi.input")
    }
    query = key[len(environ["PATH_INFO"]) + 1 :]
    return {
        **asked,
        "REQUEST_METHOD": "GET",
        "QUERY_STRING": query,
        "wsgi.input": io.BytesIO(),
        "CONTENT_LENGTH": "0",
        MADE_BEHIND: True,
    }
