"""One kept page, and how a request is answered with it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from shop.core.observing.request_watch import STALE
from shop.core.web import codings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Headers = list[tuple[str, str]]


class KeptPage:
    """Its headers, and its bodies by content coding, each compressed when first asked for.

    Attributes:
        forms: headers and body by content coding, as far as they were asked for.
        slots: those of the purge board that stand for what it is made of.
        sequence: the board's number when its making began.
        fresh_at: the board's number when it was last found fresh.
        made_at: by the monotonic clock.
        was_asked_for: whether anybody wanted it since it was kept, or since that was last looked at.
    """

    __slots__ = (
        "body",
        "etag",
        "forms",
        "fresh_at",
        "headers",
        "made_at",
        "sequence",
        "size",
        "slots",
        "was_asked_for",
    )

    def __init__(
        self, body: bytes, headers: Headers, slots: Iterable[int], sequence: int, *, age: float = 0
    ) -> None:
        self.body = body
        self.headers = headers
        self.forms: dict[str, tuple[Headers, bytes]] = {}
        self.etag = hashlib.blake2b(body, digest_size=12).hexdigest()
        self.slots = tuple(slots)
        self.sequence = sequence
        self.fresh_at = -1
        self.made_at = time.monotonic() - age
        self.size = len(body) * 2
        self.was_asked_for = False

    @property
    def age(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self.made_at

    def form(self, coding: str) -> tuple[Headers, bytes]:
        """Headers and body in a content coding, one of `codings.OFFERED`."""
        found = self.forms.get(coding)
        if found is None:
            data = codings.encoded(self.body, coding)
            found = self.forms[coding] = (self._headers_for(coding, data), data)
        return found

    def _headers_for(self, coding: str, data: bytes) -> Headers:
        is_coded = coding != codings.IDENTITY
        extra = [
            ("Content-Length", str(len(data))),
            ("ETag", f'"{self.etag}{"-" + coding if is_coded else ""}"'),
            ("Vary", "Accept-Encoding"),
        ]
        if is_coded:
            extra.append(("Content-Encoding", coding))
        return self.headers + extra


def answer_stale(
    page: KeptPage, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer with the last good page, because no other could be had, and say so (RFC 9211, 2.4 and 2.7)."""
    environ[STALE] = "stale"

    def marked(status: str, headers: Headers, exc_info: Any = None) -> Any:
        said = f"Bookstall; hit; ttl=-{page.age:.0f}; detail=stale"
        return start_response(status, [*headers, ("Cache-Status", said)], exc_info)

    return answer(page, environ, cast("StartResponse", marked))


def answer(
    page: KeptPage, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer a GET or HEAD with a kept page, or say that the visitor has it already."""
    coding = codings.chosen(environ.get("HTTP_ACCEPT_ENCODING", ""))
    headers, body = page.forms.get(coding) or page.form(coding)
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and page.etag in known:
        start_response(
            "304 Not Modified", [pair for pair in headers if pair[0] != "Content-Length"]
        )
        return []
    start_response("200 OK", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
