"""The open internet for a plugin's tests, within the process: `fetch` finds there what a test has put there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from werkzeug import Request, Response
from werkzeug.test import EnvironBuilder

from shop.core.web import outgoing
from shop.core.web.outgoing import Fetched, Unreachable

Server = Callable[[Request], Response]


@dataclass(slots=True)
class Internet:
    """Servers by the names of their hosts, and what they were asked. Any other host can't be reached.

    What the real `fetch` refuses is refused here too: other ports, machines that are ours, a redirect to one.
    """

    servers: dict[str, Server] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    _pages: dict[str, Response] = field(default_factory=dict)

    def serve(self, host: str, answer: Server) -> None:
        """From now on a function answers all requests to a host."""
        self.servers[host] = answer

    def page(
        self,
        url: str,
        body: str = "",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """From now on a page is there, or says with its status that it is not."""
        self._pages[url] = Response(body, status, {"Content-Type": "text/html", **(headers or {})})
        self.servers.setdefault(urlsplit(url).hostname or "", self._page)

    def _page(self, request: Request) -> Response:
        return self._pages.get(request.url, Response("not here", 404))

    def answer(
        self,
        url: str,
        method: str,
        body: bytes,
        headers: Mapping[str, str],
        _until: float,
        most_bytes: int,
    ) -> Fetched:
        """One request, without its redirects: takes the place of the connection in `outgoing`."""
        parts = outgoing._parts(url)  # noqa: SLF001 - looks at an address as the real one does
        server = self.servers.get(parts.hostname or "")
        if server is None:
            _refuse_ours(parts.hostname or "")
            raise Unreachable(f"{parts.hostname}: no test has put a server there")
        request = EnvironBuilder(
            path=parts.path or "/",
            query_string=parts.query,
            base_url=f"{parts.scheme}://{parts.netloc}/",
            method=method,
            data=body,
            headers=[*headers.items()],
        ).get_request(Request)
        self.asked.append(request)
        said = server(request)
        if len(said.get_data()) > most_bytes:
            raise Unreachable(f"{parts.hostname}: the answer is larger than {most_bytes} bytes")
        named = {name.lower(): value for name, value in said.headers.items()}
        return Fetched(said.status_code, named, said.get_data(), url)


def _refuse_ours(host: str) -> None:
    with suppress(ValueError):  # a name
        if not outgoing.is_open_internet(host):
            raise Unreachable(f"{host}: not a server of the open internet")


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    """An internet of nothing but what the test puts there, such as `internet.page("https://blog.example/", "...")`."""
    made = Internet()
    monkeypatch.setattr(outgoing, "_asked", made.answer)
    return made
