"""Pages that anyone may see are the same bytes for everyone, so they are made once and kept.

A view says that its page is public and what it is made of (`public_page("article:12", "articles")`); whatever else is
drawn into it adds its own tags (`made_of`). Which parameters of the query it was made from is noted by the request
itself. What keeps the page, in front of Flask, is in `shop.core.pages`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from flask import Request, Response, g, has_app_context, has_request_context, request
from werkzeug.datastructures import ImmutableMultiDict

from shop.core.web import codings

T = TypeVar("T")

TAGS = "shop.page_tags"
READ_PARAMETERS = "shop.read_parameters"
INCOMPLETE = "incomplete"
"""Among the tags of a page that lacks something which failed: it is answered, and neither it nor the piece is kept."""
EVERYTHING = "*"
"""Among the parameters that were read: whatever there is, or the query as it stands."""
PREVIEW_COOKIE = "theme-preview"
"""With it a visitor looks at the pages in another theme, so none of them is kept."""
PUBLIC = "public, max-age=0, must-revalidate"
PRIVATE = "private, no-store"


def pairs_in(query: str) -> list[tuple[str, str]]:
    """The parameters of a query, as the request reads them."""
    return parse_qsl(query, keep_blank_values=True, errors="werkzeug.url_quote")


class NotedArguments(ImmutableMultiDict[str, str]):
    """The parameters of a query. Which of them a view asks for is noted: the page is made from those alone."""

    def __init__(self, pairs: list[tuple[str, str]], read: set[str]) -> None:
        super().__init__(pairs)
        self._read = read

    def __getitem__(self, key: str) -> str:
        self._read.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._read.add(str(key))
        return super().__contains__(key)

    def getlist(self, key: str, *more: Any, **options: Any) -> list[Any]:
        """All values of one parameter."""
        self._read.add(key)
        return super().getlist(key, *more, **options)

    def __iter__(self) -> Iterator[str]:
        return self._whole(super().__iter__())

    def __len__(self) -> int:
        return self._whole(super().__len__())

    def keys(self) -> Any:
        """The names of all."""
        return self._whole(super().keys())

    def values(self) -> Any:
        """The first value of each."""
        return self._whole(super().values())

    def items(self, multi: bool = False) -> Any:
        """Names and values."""
        return self._whole(super().items(multi))

    def lists(self) -> Any:
        """Names, each with all its values."""
        return self._whole(super().lists())

    def listvalues(self) -> Any:
        """All values of each."""
        return self._whole(super().listvalues())

    def _whole(self, looked_at: T) -> T:
        self._read.add(EVERYTHING)
        return looked_at


class NotedRequest(Request):
    """A request that notes what of its query the view reads."""

    @property
    def _noted(self) -> set[str]:
        read: set[str] = self.environ.setdefault(READ_PARAMETERS, set())
        return read

    @cached_property
    def args(self) -> NotedArguments:
        """The parameters of the query."""
        return NotedArguments(pairs_in(self._query_string.decode(errors="replace")), self._noted)

    @property
    def query_string(self) -> bytes:
        """The query as it stands: whoever reads it reads every parameter."""
        self._noted.add(EVERYTHING)
        return self._query_string

    @query_string.setter
    def query_string(self, value: bytes) -> None:
        self._query_string = value


def public_page(*tags: str) -> None:
    """Say that the page being made is for everyone, and what it is made of, e.g. `article:12`.

    It is kept until one of its tags is purged, and for a minute at most. It must not depend on the visitor: a page that
    read the session is answered, but not kept.
    """
    g.public_page = True
    made_of(*tags)


def private_page() -> None:
    """Say that the page being made is one visitor's, even where it was called public. Harmless outside a request."""
    if has_request_context():
        g.private_page = True


def _is_public() -> bool:
    return g.get("public_page", False) and not g.get("private_page", False)


def made_of(*tags: str) -> None:
    """Say that the page being made shows these things too, so that it is made anew when they are purged.

    Harmless outside a page: a job that makes a piece which pages show as well says it too.
    """
    if has_app_context():
        kept = g._get_current_object()  # noqa: SLF001 - past the proxy, as documented
        kept.setdefault("page_tags", set()).update(tags)


@contextmanager
def noted_parts() -> Iterator[set[str]]:
    """Collect what is drawn inside says of its parts, for whoever keeps a piece of a page to say it again."""
    inner: set[str] = set()
    if not has_app_context():
        yield inner
        return
    outer: set[str] = g.setdefault("page_tags", set())
    g.page_tags = inner
    try:
        yield inner
    finally:
        outer.update(inner)  # the same set: whoever collects around this one has it
        g.page_tags = outer


def holds_no_secret() -> None:
    """Say that the page being made for one visitor shows nothing to be kept from others, and may be compressed.

    Where a page shows a secret beside what an address can put into it, its compressed length tells the secret to
    whoever sees the traffic (BREACH; Gluck, Harris and Prado 2013). So without this the pages of one visitor are plain.
    """
    g.holds_no_secret = True


def mark(response: Response) -> Response:
    """After the request: hand the tags of a public page to the cache; say `private` of everything else, and of a page
    that lacks something.

    A public page may itself say that browsers keep it for longer.
    """
    if g.get("holds_no_secret", False):
        _compress(response, codings.chosen(request.headers.get("Accept-Encoding", "")))
    if _is_everyones(response):
        tags = frozenset(g.get("page_tags", ()))
        response.headers.setdefault("Cache-Control", PRIVATE if INCOMPLETE in tags else PUBLIC)
        request.environ[TAGS] = tags
        request.environ.setdefault(READ_PARAMETERS, set())
    else:
        response.headers.setdefault("Cache-Control", PRIVATE)
        request.environ.pop(TAGS, None)  # what a part of the page may have put there
    return response


def _is_everyones(response: Response) -> bool:
    """Whether it is a page for everyone, and no stream, which may never end."""
    return _is_public() and response.status_code == 200 and not response.is_streamed


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
    if not _is_public():
        response.headers["Cache-Control"] = PRIVATE
    return response
